import type { t as english } from "@/language/en/features/account";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // AccountLayout
  profile: "Profil",
  sessions: "Sitzungen",
  apiKeys: "API-Schlüssel",
  s3Access: "S3-Zugriff",
  yourAccount: "Ihr Konto",
  // EnrolPage
  setUpASecondFactor: "Zweiten Faktor einrichten",
  thisInstallationWantsASecondFactor:
    "Diese Installation verlangt einen zweiten Faktor von Ihnen, bevor es weitergeht: Codes einer Authenticator-App auf Ihrem Telefon.",
  signOut: "Abmelden",
  notNowSignOut: signOut => rich`Nicht jetzt? ${signOut}`,
  // KeysPage
  n7Days: "7 Tage",
  n30Days: "30 Tage",
  n90Days: "90 Tage",
  n180Days: "180 Tage",
  aYear: "ein Jahr",
  yourAPIKeys: "Ihre API-Schlüssel",
  forProgramsAKeyActsAs: "Für Programme. Ein Schlüssel handelt als Sie, mit Ihrer aktiven Rolle.",
  loadingAPIKeys: "API-Schlüssel werden geladen",
  makeOneForAProgramThat:
    "Erstellen Sie einen für ein Programm, das ohne Sie arbeiten soll: eine Pipeline, einen Notebook-Server, einen nächtlichen Import.",
  noAPIKeys: "Keine API-Schlüssel",
  makeAKey: "Schlüssel erstellen",
  theKeyName: name => `Der Schlüssel „${name}“`,
  copyItNowItIsShown: "Kopieren Sie ihn jetzt. Er wird nur einmal angezeigt und nirgends gespeichert.",
  apiKey: "API-Schlüssel",
  inPython: "In Python",
  anybodyWhoHasThisKeyCan:
    "Wer diesen Schlüssel hat, kann in Ihrem Namen handeln. Wird er bekannt, widerrufen Sie ihn hier.",
  done: "Fertig",
  makeAnAPIKey: "API-Schlüssel erstellen",
  itCanFindReadAndWrite:
    "Er kann finden, lesen und schreiben, was Ihre aktive Rolle erlaubt. Er kann sich nicht anmelden, keine Schlüssel erstellen und Ihr Konto nicht ändern.",
  makeKey: "Schlüssel erstellen",
  name: "Name",
  whatItIsForSuchAs: "Wofür er ist, zum Beispiel „nächtlicher Import“.",
  sayWhatItIsFor: "Schreiben Sie, wofür er ist.",
  validFor: "Gültig für",
  itHasMyAdministratorsRightsAs: "Er hat auch meine Administratorrechte",
  // ProfilePage
  whoYouAreHereAndWhich: "Wer Sie hier sind und welche Rolle aktiv ist.",
  loadingYourAccount: "Ihr Konto wird geladen",
  you: "Sie",
  rights: "Rechte",
  administrator: "Administrator",
  asYourRolePermits: "Wie Ihre Rolle es erlaubt",
  since: "Seit",
  role: "Rolle",
  youHaveNoRoleAndSo:
    "Sie haben keine Rolle und deshalb auf keinen Bucket Zugriff. Bitten Sie die Administration um eine.",
  youActUnderThisOne: "unter dieser handeln Sie",
  switch: "Wechseln",
  switchToRole: role => `Zu ${role} wechseln`,
  switchingAlsoAppliesToYourAPI: "Der Wechsel gilt auch für Ihre API-Schlüssel und anderen Sitzungen.",
  password: "Passwort",
  yourPasswordIsChangedAndYour: "Ihr Passwort ist geändert, und Ihre anderen Sitzungen sind beendet.",
  currentPassword: "Bisheriges Passwort",
  newPassword: "Neues Passwort",
  changePassword: "Passwort ändern",
  // RecoveryCodes
  recoveryCodesOfHostCodes: (host, codes) => `Wiederherstellungscodes für ${host}\n\n${codes}\n`,
  keepTheseRecoveryCodesSomewhereSafe:
    "Bewahren Sie diese Wiederherstellungscodes sicher auf. Jeder meldet Sie einmal an, falls Sie Ihre Authenticator-App verlieren. Sie werden nicht noch einmal angezeigt.",
  recoveryCodes: "Wiederherstellungscodes",
  copy: "Kopieren",
  download: "Herunterladen",
  iHaveKeptThem: "Ich habe sie aufbewahrt",
  // S3AccessPage
  packagesAsFoldersOfAnS3:
    "Pakete als Ordner eines S3-Buckets, nur lesbar: für die AWS CLI, rclone, DuckDB, Spark und alles andere, das S3 spricht.",
  tools: "Werkzeuge",
  thisInstallationHasNoAddressAt:
    "Diese Installation hat keine Adresse, unter der S3-Werkzeuge Pakete lesen. Die Administration kann eine einrichten.",
  noPackageGateway: "Kein Paket-Gateway",
  s3KeyPairs: "S3-Schlüsselpaare",
  yourS3KeyPairs: "Ihre S3-Schlüsselpaare",
  loadingKeyPairs: "Schlüsselpaare werden geladen",
  aKeyPairBelongsToOne: apiKeys =>
    rich`Ein Schlüsselpaar gehört zu einem Ihrer ${apiKeys} und endet mit ihm.`,
  noKeyPairs: "Keine Schlüsselpaare",
  accessKeyId: "Zugriffsschlüssel-ID",
  nameEndsAgo: (name, ago) => rich`${name} · endet ${ago}`,
  lastUsed: "Zuletzt benutzt",
  never: "nie",
  made: "Erstellt",
  ends: "Endet",
  withdraw: "Zurückziehen",
  withdrawTheKeyPairAccessKeyId: accessKeyId => `Das Schlüsselpaar ${accessKeyId} zurückziehen?`,
  toolsThatUseItAreRefused:
    "Werkzeuge, die es benutzen, werden innerhalb von Sekunden abgewiesen. Das lässt sich nicht rückgängig machen. Der API-Schlüssel bleibt.",
  makeAKeyPair: "Schlüsselpaar erstellen",
  makeAnAPIKeyFirst: "Erstellen Sie zuerst einen API-Schlüssel",
  aKeyPairBelongsToAn:
    "Ein Schlüsselpaar gehört zu einem API-Schlüssel: Es liest, was der API-Schlüssel liest, und endet mit ihm.",
  itReadsPackagesAtThePackage: "Es liest Pakete am Paket-Gateway und kann sonst nichts.",
  makeKeyPair: "Schlüsselpaar erstellen",
  theKeyPairHasItsRights: "Das Schlüsselpaar hat dessen Rechte und endet mit ihm.",
  yourKeyPair: "Ihr Schlüsselpaar",
  copyTheSecretNowItIs: "Kopieren Sie das Geheimnis jetzt. Es wird nur einmal angezeigt.",
  secretAccessKey: "Geheimer Zugriffsschlüssel",
  anybodyWhoHasBothReadsPackages:
    "Wer beides hat, liest Pakete in Ihrem Namen. Werden sie bekannt, ziehen Sie sie hier zurück.",
  tool: "Werkzeug",
  // SecondFactorPanel
  secondFactor: "Zweiter Faktor",
  loadingYourSecondFactor: "Ihr zweiter Faktor wird geladen",
  withASecondFactorSigningIn:
    "Mit einem zweiten Faktor verlangt die Anmeldung mit Ihrem Passwort auch einen Code einer App auf Ihrem Telefon. Ihre anderen Sitzungen enden, wenn Sie ihn einschalten; API-Schlüssel bleiben.",
  state: "Zustand",
  onAnAuthenticatorApp: "Ein: eine Authenticator-App",
  recoveryCodesLeftLeft: recoveryCodesLeft => `${recoveryCodesLeft} übrig`,
  youHaveFewRecoveryCodesLeft: "Sie haben nur noch wenige Wiederherstellungscodes. Erzeugen Sie neue.",
  newRecoveryCodes: "Neue Wiederherstellungscodes",
  removeSecondFactor: "Zweiten Faktor entfernen",
  makeNewRecoveryCodes: "Neue Wiederherstellungscodes erzeugen?",
  thePresentOnesStopWorking: "Die jetzigen funktionieren dann nicht mehr.",
  makeNewCodes: "Neue Codes erzeugen",
  removeTheSecondFactor: "Den zweiten Faktor entfernen?",
  youMustSetOneUpAgain: "Sie müssen wieder einen einrichten, bevor Sie etwas anderes tun können.",
  yourPasswordAloneSignsYouIn: "Dann meldet Sie Ihr Passwort allein an.",
  remove: "Entfernen",
  codeOfYourAuthenticatorAppOr: "Code Ihrer Authenticator-App oder ein Wiederherstellungscode",
  // SecondFactorSetUp
  cancel: "Abbrechen",
  yourPassword: "Ihr Passwort",
  continue: "Weiter",
  scanThisWithAnAuthenticatorApp:
    "Scannen Sie dies mit einer Authenticator-App, oder tippen Sie das Geheimnis dort ein.",
  qrCodeForTheAuthenticatorApp: "QR-Code für die Authenticator-App",
  secret: "Geheimnis",
  codeThatTheAppShows: "Code, den die App zeigt",
  switchOn: "Einschalten",
  // SessionsPage
  yourSessions: "Ihre Sitzungen",
  whereYouAreSignedInBrowsers:
    "Wo Sie angemeldet sind. Browser bleiben nach Ihrem letzten Besuch 90 Tage angemeldet, oder so lange, wie Single Sign-on es erlaubt.",
  endAllOthers: "Alle anderen beenden",
  endAllOtherSessions: "Alle anderen Sitzungen beenden?",
  allOtherBrowsersCommandLinesAnd:
    "Alle anderen Browser, Kommandozeilen und Programme müssen sich neu anmelden. API-Schlüssel funktionieren weiter.",
  loadingSessions: "Sitzungen werden geladen",
  // apiKeyColumns
  whose: "Inhaber",
  administers: "verwaltet",
  expired: "abgelaufen",
  key: "Schlüssel",
  revoke: "Widerrufen",
  ended: "endete",
  ends2: "endet",
  revokeTheKeyName: name => `Den Schlüssel „${name}“ widerrufen?`,
  programsThatUseItAreRefused:
    "Programme, die ihn benutzen, werden sofort überall abgewiesen. Das lässt sich nicht rückgängig machen.",
  // sessionColumns
  device: "Gerät",
  thisOne: "dieses",
  address: "Adresse",
  signedIn: "Angemeldet",
  lastSeen: "Zuletzt gesehen",
  end: "Beenden",
  endTheSessionOfRow: row => `Die Sitzung von ${row} beenden`,
  now: "jetzt",
};
