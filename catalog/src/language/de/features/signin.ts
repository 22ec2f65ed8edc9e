import type { t as english } from "@/language/en/features/signin";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // ActivatePage
  confirmYourAddress: "Adresse bestätigen",
  doThisOnlyIfYouMade:
    "Tun Sie das nur, wenn Sie das Konto selbst angelegt haben. Wer es angelegt hat, kennt das Passwort.",
  confirmMyAddress: "Meine Adresse bestätigen",
  backToSignIn: "Zurück zur Anmeldung",
  // ActivationErrorPage
  thisLinkDoesNotWork: "Dieser Link funktioniert nicht",
  itWasUsedBeforeOrIs: "Er wurde schon benutzt oder ist älter als ein Tag.",
  ifYouHaveUsedItAlready:
    "Haben Sie ihn schon benutzt, ist Ihr Konto aktiv, und Sie können sich anmelden. Wenn nicht, fordern Sie mit Ihrer E-Mail-Adresse ein neues Passwort an. Sie erhalten dann einen neuen Link zur Bestätigung.",
  signIn: "Anmelden",
  haveALinkSent: "Link senden lassen",
  signUpAgain: "Noch einmal registrieren",
  // CodePage
  codeForTheCommandLine: "Code für die Kommandozeile",
  pasteItWhereCodeAsksFor: code => rich`Fügen Sie ihn ein, wo ${code} danach fragt. Er gilt einmal.`,
  makingACode: "Code wird erzeugt",
  code: "Code",
  thisCodeHasExpired: "Dieser Code ist abgelaufen.",
  validForLeft: left => `Gültig für ${left}.`,
  copyTheCode: "Code kopieren",
  makeAnother: "Neuen erzeugen",
  anybodyWhoHasThisCodeCan: "Wer diesen Code hat, kann in Ihrem Namen handeln. Geben Sie ihn nicht weiter.",
  secondsSeconds2Minutes: (seconds, seconds2) => `${seconds}:${seconds2} Minuten`,
  // ConsentPage
  letAToolIn: "Ein Werkzeug zulassen",
  lookingUpWhoAsks: "Anfragendes Werkzeug wird ermittelt",
  youCanCloseThisPage: "Sie können diese Seite schließen.",
  clientNameWasRefusedAccess: clientName => `${clientName} hat keinen Zugriff erhalten`,
  yourSessions: "Ihren Sitzungen",
  continueInTheToolYouCan: yourSessions =>
    rich`Fahren Sie im Werkzeug fort. Sie können diese Seite schließen. Um den Zugriff des Werkzeugs zu beenden, gehen Sie zu ${yourSessions}.`,
  clientNameMayActForYou: clientName => `${clientName} darf für Sie handeln`,
  consent: "Einwilligung",
  clientNameWantsToActForYou: clientName => `${clientName} möchte für Sie handeln`,
  as: "Als",
  role: "Rolle",
  answerGoesTo: "Antwort geht an",
  aProgramOnThisComputer: " – ein Programm auf diesem Rechner",
  itCanFindReadAndWrite: role =>
    `Es kann finden, lesen und schreiben, was die Rolle ${role} erlaubt, auch wenn Sie zu einer anderen Rolle wechseln.`,
  youHaveNoRoleSoIt: "Sie haben keine Rolle, deshalb kann es nichts tun.",
  itCannotAdministerAnythingMakeOr:
    "Es kann nichts verwalten, keine API-Schlüssel erstellen oder widerrufen, sich nirgends sonst anmelden und Ihr Konto nicht ändern.",
  itKeepsThisAccessUntilYou: "Es behält diesen Zugriff, bis Sie ihn unter Ihren Sitzungen beenden.",
  andTrustRedirectHost: redirectHost => ` und wenn Sie ${redirectHost} vertrauen`,
  theToolChoseItsNameItself: redirectHost =>
    `Das Werkzeug hat seinen Namen selbst gewählt. Erlauben Sie es nur, wenn Sie das gerade selbst begonnen haben${redirectHost}.`,
  doNotAllow: "Nicht erlauben",
  allow: "Erlauben",
  // EmailField
  eMailAddress: "E-Mail-Adresse",
  // ForgotPasswordPage
  ifEmailBelongsToAnAccount: email =>
    `Gehört ${email} zu einem Konto, ist ein Link dorthin unterwegs. Er gilt einen Tag und funktioniert einmal.`,
  forgotYourPassword: "Passwort vergessen?",
  weSendYouALinkTo: "Wir senden Ihnen einen Link, mit dem Sie ein neues Passwort wählen.",
  sendMeALink: "Link senden",
  // MailSent
  checkYourMail: "Sehen Sie in Ihr Postfach",
  // ResetPasswordPage
  chooseANewPassword: "Neues Passwort wählen",
  allYourSessionsEndOnEvery: "Alle Ihre Sitzungen enden, auf jedem Gerät.",
  askForANewOne: "Fordern Sie einen neuen an",
  thisLinkWasUsedAlreadyOr: askFor => rich`Dieser Link wurde schon benutzt oder ist abgelaufen. ${askFor}.`,
  newPassword: "Neues Passwort",
  changeMyPassword: "Mein Passwort ändern",
  // SignInPage
  thenYouGetTheCodeThat: "Danach erhalten Sie den Code, nach dem die Kommandozeile fragt.",
  toFindReadAndShareData: "Um Datenpakete zu finden, zu lesen und zu teilen.",
  yourAddressIsConfirmedAndYour: "Ihre Adresse ist bestätigt, und Ihr Konto ist aktiv.",
  yourPasswordIsChangedSignIn: "Ihr Passwort ist geändert. Melden Sie sich mit dem neuen an.",
  signingInWithAPasswordIs: "Die Anmeldung mit Passwort ist hier abgeschaltet.",
  nameAndPasswordDoNotMatch: "Name und Passwort passen zu keinem Konto.",
  nameOrEMailAddress: "Name oder E-Mail-Adresse",
  password: "Passwort",
  makeAnAccount: "Konto anlegen",
  recoveryCode: "Wiederherstellungscode",
  codeOfYourAuthenticatorApp: "Code Ihrer Authenticator-App",
  eachRecoveryCodeWorksOnce: "Jeder Wiederherstellungscode funktioniert einmal.",
  sixDigitsWhichChangeEvery30: "Sechs Ziffern, die alle 30 Sekunden wechseln.",
  useTheAuthenticatorApp: "Authenticator-App verwenden",
  useARecoveryCode: "Wiederherstellungscode verwenden",
  back: "Zurück",
  or: "oder",
  continueWithLabel: label => `Weiter mit ${label}`,
  // SignOutPage
  signOut: "Abmelden",
  untilNextTime: "Bis zum nächsten Mal.",
  youAreSignedOut: "Sie sind abgemeldet",
  signInAgain: "Wieder anmelden",
  signingOut: "Abmeldung läuft",
  // SignUpPage
  youHaveAnAccountSignIn: signIn => rich`Sie haben ein Konto? ${signIn}`,
  signUpIsOffHereAsk: "Die Registrierung ist hier abgeschaltet. Bitten Sie die Administration um ein Konto.",
  accountsAreByInvitationHereOpen:
    "Konten gibt es hier auf Einladung. Öffnen Sie den Link in Ihrer Einladung, oder bitten Sie die Administration um eine.",
  welcome: "Willkommen",
  yourAccountIsReady: "Ihr Konto ist bereit.",
  openItWithinADayTo:
    "Öffnen Sie ihn innerhalb eines Tages, um zu bestätigen, dass die Adresse Ihnen gehört; dann ist Ihr Konto aktiv. Nichts angekommen? Sehen Sie im Spam-Ordner nach.",
  weHaveSentALinkTo: email => `Wir haben einen Link an ${email} gesendet.`,
  anAdministrator: "Die Administration",
  invitedByInvitesYouChooseAName: invitedBy =>
    `${invitedBy} lädt Sie ein. Wählen Sie einen Namen und ein Passwort.`,
  userName: "Benutzername",
  aLowerCaseLetterThenLower: "Ein Kleinbuchstabe, dann Kleinbuchstaben, Ziffern, _ und -.",
  yourAddressEmail: email => rich`Ihre Adresse: ${email}`,
  makeMyAccount: "Mein Konto anlegen",
  // ConsentPage
  you: "Sie",
  none: "keine",
};
