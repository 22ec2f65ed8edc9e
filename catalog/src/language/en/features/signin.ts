import type { ReactNode } from "react";
import { section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/signin", {
  // ActivatePage
  confirmAddress: "Confirm your address",
  doOnlyMade: "Do this only if you made the account yourself. Whoever made it knows its password.",
  confirmMyAddress: "Confirm my address",
  backSign: "Back to sign in",
  // ActivationErrorPage
  linkDoesNot: "This link does not work",
  usedBeforeOlder: "It was used before, or is older than a day.",
  usedAlreadyAccount:
    "If you have used it already, your account is active, and you can sign in. If not, ask for a new password with your e-mail address. You then get a new link to confirm it.",
  sign: "Sign in",
  linkSent: "Have a link sent",
  signUpAgain: "Sign up again",
  // CodePage
  codeCommandLine: "Code for the command line",
  pasteWhereAsks: (code: ReactNode) => rich`Paste it where ${code} asks for it. It works once.`,
  makingCode: "Making a code",
  code: "Code",
  codeExpired: "This code has expired.",
  validLeft: (left: string) => `Valid for ${left}.`,
  copyCode: "Copy the code",
  makeAnother: "Make another",
  anybodyCodeCan: "Anybody who has this code can act as you. Do not share it.",
  minutesSecondsSeconds2: (seconds: number, seconds2: string) => `${seconds}:${seconds2} minutes`,
  // ConsentPage
  letTool: "Let a tool in",
  lookingUpAsks: "Looking up who asks",
  canClosePage: "You can close this page.",
  refusedAccess: (clientName: string) => `${clientName} was refused access`,
  sessions: "your sessions",
  continueToolCan: (yourSessions: ReactNode) =>
    rich`Continue in the tool. You can close this page. To end the tool's access, go to ${yourSessions}.`,
  mayAct: (clientName: string) => `${clientName} may act for you`,
  consent: "Consent",
  wantsAct: (clientName: string) => `${clientName} wants to act for you`,
  as: "As",
  role: "Role",
  answerGoes: "Answer goes to",
  programComputer: " – a program on this computer",
  canFindRead: (role: string) =>
    `It can find, read and write what the role ${role} permits, even after you switch to another role.`,
  noRoleCan: "You have no role, so it can do nothing.",
  cannotAdministerAnything:
    "It cannot administer anything, make or revoke API keys, sign in elsewhere, or change your account.",
  keepsAccessUntil: "It keeps this access until you end it under your sessions.",
  trustRedirectHost: (redirectHost: string) => `, and trust ${redirectHost}`,
  toolChoseName: (redirectHost: string) =>
    `The tool chose its name itself. Allow it only if you started this yourself just now${redirectHost}.`,
  doNotAllow: "Do not allow",
  allow: "Allow",
  you: "you",
  none: "none",
  // EmailField
  eMailAddress: "E-mail address",
  // ForgotPasswordPage
  belongsAccountLink: (email: string) =>
    `If ${email} belongs to an account, a link is on its way there. It is good for a day, and works once.`,
  forgotPassword: "Forgot your password?",
  weSendLink: "We send you a link to choose a new password.",
  sendMeLink: "Send me a link",
  // MailSent
  checkMail: "Check your mail",
  // ResetPasswordPage
  chooseNewPassword: "Choose a new password",
  allSessionsEnd: "All your sessions end, on every device.",
  askNewOne: "Ask for a new one",
  linkUsedAlready: (askFor: ReactNode) => rich`This link was used already, or has expired. ${askFor}.`,
  newPassword: "New password",
  changeMyPassword: "Change my password",
  // SignInPage
  thenGetCode: "Then you get the code that the command line asks for.",
  findReadShare: "To find, read and share data packages.",
  addressConfirmedAccount: "Your address is confirmed and your account is active.",
  passwordChangedSign: "Your password is changed. Sign in with the new one.",
  signingPasswordSwitched: "Signing in with a password is switched off here.",
  namePasswordDo: "Name and password do not match any account.",
  nameEMail: "Name or e-mail address",
  password: "Password",
  makeAccount: "Make an account",
  recoveryCode: "Recovery code",
  codeAuthenticatorApp: "Code of your authenticator app",
  eachRecoveryCode: "Each recovery code works once.",
  sixDigitsChange: "Six digits, which change every 30 seconds.",
  useAuthenticatorApp: "Use the authenticator app",
  useRecoveryCode: "Use a recovery code",
  back: "Back",
  or: "or",
  continueLabel: (label: string) => `Continue with ${label}`,
  // SignOutPage
  signOut: "Sign out",
  untilNextTime: "Until next time.",
  signedOut: "You are signed out",
  signAgain: "Sign in again",
  signingOut: "Signing out",
  // SignUpPage
  accountSignIn: (signIn: ReactNode) => rich`You have an account? ${signIn}`,
  signUpOff: "Sign-up is off here. Ask an administrator for an account.",
  accountsInvitationOpen:
    "Accounts are by invitation here. Open the link in your invitation, or ask an administrator for one.",
  welcome: "Welcome",
  accountReady: "Your account is ready.",
  openWithinDay:
    "Open it within a day to confirm that the address is yours; then your account is active. Nothing there? Check your spam folder.",
  weSentLink: (email: string) => `We have sent a link to ${email}.`,
  administrator: "An administrator",
  invitesChooseName: (invitedBy: string) => `${invitedBy} invites you. Choose a name and a password.`,
  userName: "User name",
  lowerCaseLetter: "A lower-case letter, then lower-case letters, digits, _ and -.",
  addressEmail: (email: ReactNode) => rich`Your address: ${email}`,
  makeMyAccount: "Make my account",
});
