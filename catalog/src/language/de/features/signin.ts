import type { t as english } from "@/language/en/features/signin";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // ActivatePage
  confirmAddress: "Adresse bestätigen",
  doOnlyMade:
    "Tun Sie das nur, wenn Sie das Konto selbst angelegt haben. Wer es angelegt hat, kennt das Passwort.",
  confirmMyAddress: "Meine Adresse bestätigen",
  backSign: "Zurück zur Anmeldung",
  // ActivationErrorPage
  linkDoesNot: "Dieser Link funktioniert nicht",
  usedBeforeOlder: "Er wurde schon benutzt oder ist älter als ein Tag.",
  usedAlreadyAccount:
    "Haben Sie ihn schon benutzt, ist Ihr Konto aktiv, und Sie können sich anmelden. Wenn nicht, fordern Sie mit Ihrer E-Mail-Adresse ein neues Passwort an. Sie erhalten dann einen neuen Link zur Bestätigung.",
  sign: "Anmelden",
  linkSent: "Link senden lassen",
  signUpAgain: "Noch einmal registrieren",
  // CodePage
  codeCommandLine: "Code für die Kommandozeile",
  pasteWhereAsks: code => rich`Fügen Sie ihn ein, wo ${code} danach fragt. Er gilt einmal.`,
  makingCode: "Code wird erzeugt",
  code: "Code",
  codeExpired: "Dieser Code ist abgelaufen.",
  validLeft: left => `Gültig für ${left}.`,
  copyCode: "Code kopieren",
  makeAnother: "Neuen erzeugen",
  anybodyCodeCan: "Wer diesen Code hat, kann in Ihrem Namen handeln. Geben Sie ihn nicht weiter.",
  minutesSecondsSeconds2: (seconds, seconds2) => `${seconds}:${seconds2} Minuten`,
  // ConsentPage
  letTool: "Ein Werkzeug zulassen",
  lookingUpAsks: "Anfragendes Werkzeug wird ermittelt",
  canClosePage: "Sie können diese Seite schließen.",
  refusedAccess: clientName => `${clientName} hat keinen Zugriff erhalten`,
  sessions: "Ihren Sitzungen",
  continueToolCan: yourSessions =>
    rich`Fahren Sie im Werkzeug fort. Sie können diese Seite schließen. Um den Zugriff des Werkzeugs zu beenden, gehen Sie zu ${yourSessions}.`,
  mayAct: clientName => `${clientName} darf für Sie handeln`,
  consent: "Einwilligung",
  wantsAct: clientName => `${clientName} möchte für Sie handeln`,
  as: "Als",
  role: "Rolle",
  answerGoes: "Antwort geht an",
  programComputer: " – ein Programm auf diesem Rechner",
  canFindRead: role =>
    `Es kann finden, lesen und schreiben, was die Rolle ${role} erlaubt, auch wenn Sie zu einer anderen Rolle wechseln.`,
  noRoleCan: "Sie haben keine Rolle, deshalb kann es nichts tun.",
  cannotAdministerAnything:
    "Es kann nichts verwalten, keine API-Schlüssel erstellen oder widerrufen, sich nirgends sonst anmelden und Ihr Konto nicht ändern.",
  keepsAccessUntil: "Es behält diesen Zugriff, bis Sie ihn unter Ihren Sitzungen beenden.",
  trustRedirectHost: redirectHost => ` und wenn Sie ${redirectHost} vertrauen`,
  toolChoseName: redirectHost =>
    `Das Werkzeug hat seinen Namen selbst gewählt. Erlauben Sie es nur, wenn Sie das gerade selbst begonnen haben${redirectHost}.`,
  doNotAllow: "Nicht erlauben",
  allow: "Erlauben",
  you: "Sie",
  none: "keine",
  // EmailField
  eMailAddress: "E-Mail-Adresse",
  // ForgotPasswordPage
  belongsAccountLink: email =>
    `Gehört ${email} zu einem Konto, ist ein Link dorthin unterwegs. Er gilt einen Tag und funktioniert einmal.`,
  forgotPassword: "Passwort vergessen?",
  weSendLink: "Wir senden Ihnen einen Link, mit dem Sie ein neues Passwort wählen.",
  sendMeLink: "Link senden",
  // MailSent
  checkMail: "Sehen Sie in Ihr Postfach",
  // ResetPasswordPage
  chooseNewPassword: "Neues Passwort wählen",
  allSessionsEnd: "Alle Ihre Sitzungen enden, auf jedem Gerät.",
  askNewOne: "Fordern Sie einen neuen an",
  linkUsedAlready: askFor => rich`Dieser Link wurde schon benutzt oder ist abgelaufen. ${askFor}.`,
  newPassword: "Neues Passwort",
  changeMyPassword: "Mein Passwort ändern",
  // SignInPage
  thenGetCode: "Danach erhalten Sie den Code, nach dem die Kommandozeile fragt.",
  findReadShare: "Um Datenpakete zu finden, zu lesen und zu teilen.",
  addressConfirmedAccount: "Ihre Adresse ist bestätigt, und Ihr Konto ist aktiv.",
  passwordChangedSign: "Ihr Passwort ist geändert. Melden Sie sich mit dem neuen an.",
  signingPasswordSwitched: "Die Anmeldung mit Passwort ist hier abgeschaltet.",
  namePasswordDo: "Name und Passwort passen zu keinem Konto.",
  nameEMail: "Name oder E-Mail-Adresse",
  password: "Passwort",
  makeAccount: "Konto anlegen",
  recoveryCode: "Wiederherstellungscode",
  codeAuthenticatorApp: "Code Ihrer Authenticator-App",
  eachRecoveryCode: "Jeder Wiederherstellungscode funktioniert einmal.",
  sixDigitsChange: "Sechs Ziffern, die alle 30 Sekunden wechseln.",
  useAuthenticatorApp: "Authenticator-App verwenden",
  useRecoveryCode: "Wiederherstellungscode verwenden",
  back: "Zurück",
  or: "oder",
  continueLabel: label => `Weiter mit ${label}`,
  // SignOutPage
  signOut: "Abmelden",
  untilNextTime: "Bis zum nächsten Mal.",
  signedOut: "Sie sind abgemeldet",
  signAgain: "Wieder anmelden",
  signingOut: "Abmeldung läuft",
  // SignUpPage
  accountSignIn: signIn => rich`Sie haben ein Konto? ${signIn}`,
  signUpOff: "Die Registrierung ist hier abgeschaltet. Bitten Sie die Administration um ein Konto.",
  accountsInvitationOpen:
    "Konten gibt es hier auf Einladung. Öffnen Sie den Link in Ihrer Einladung, oder bitten Sie die Administration um eine.",
  welcome: "Willkommen",
  accountReady: "Ihr Konto ist bereit.",
  openWithinDay:
    "Öffnen Sie ihn innerhalb eines Tages, um zu bestätigen, dass die Adresse Ihnen gehört; dann ist Ihr Konto aktiv. Nichts angekommen? Sehen Sie im Spam-Ordner nach.",
  weSentLink: email => `Wir haben einen Link an ${email} gesendet.`,
  administrator: "Die Administration",
  invitesChooseName: invitedBy => `${invitedBy} lädt Sie ein. Wählen Sie einen Namen und ein Passwort.`,
  userName: "Benutzername",
  lowerCaseLetter: "Ein Kleinbuchstabe, dann Kleinbuchstaben, Ziffern, _ und -.",
  addressEmail: email => rich`Ihre Adresse: ${email}`,
  makeMyAccount: "Mein Konto anlegen",
};
