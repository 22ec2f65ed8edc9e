import type { ReactNode } from "react";
import { section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/signin", {
  // ActivatePage
  confirmYourAddress: "Confirm your address",
  doThisOnlyIfYouMade: "Do this only if you made the account yourself. Whoever made it knows its password.",
  confirmMyAddress: "Confirm my address",
  backToSignIn: "Back to sign in",
  // ActivationErrorPage
  thisLinkDoesNotWork: "This link does not work",
  itWasUsedBeforeOrIs: "It was used before, or is older than a day.",
  ifYouHaveUsedItAlready:
    "If you have used it already, your account is active, and you can sign in. If not, ask for a new password with your e-mail address. You then get a new link to confirm it.",
  signIn: "Sign in",
  haveALinkSent: "Have a link sent",
  signUpAgain: "Sign up again",
  // CodePage
  codeForTheCommandLine: "Code for the command line",
  pasteItWhereCodeAsksFor: (code: ReactNode) => rich`Paste it where ${code} asks for it. It works once.`,
  makingACode: "Making a code",
  code: "Code",
  thisCodeHasExpired: "This code has expired.",
  validForLeft: (left: string) => `Valid for ${left}.`,
  copyTheCode: "Copy the code",
  makeAnother: "Make another",
  anybodyWhoHasThisCodeCan: "Anybody who has this code can act as you. Do not share it.",
  secondsSeconds2Minutes: (seconds: number, seconds2: string) => `${seconds}:${seconds2} minutes`,
  // ConsentPage
  letAToolIn: "Let a tool in",
  lookingUpWhoAsks: "Looking up who asks",
  youCanCloseThisPage: "You can close this page.",
  clientNameWasRefusedAccess: (clientName: string) => `${clientName} was refused access`,
  yourSessions: "your sessions",
  continueInTheToolYouCan: (yourSessions: ReactNode) =>
    rich`Continue in the tool. You can close this page. To end the tool's access, go to ${yourSessions}.`,
  clientNameMayActForYou: (clientName: string) => `${clientName} may act for you`,
  consent: "Consent",
  clientNameWantsToActForYou: (clientName: string) => `${clientName} wants to act for you`,
  as: "As",
  role: "Role",
  answerGoesTo: "Answer goes to",
  aProgramOnThisComputer: " – a program on this computer",
  itCanFindReadAndWrite: (role: string) =>
    `It can find, read and write what the role ${role} permits, even after you switch to another role.`,
  youHaveNoRoleSoIt: "You have no role, so it can do nothing.",
  itCannotAdministerAnythingMakeOr:
    "It cannot administer anything, make or revoke API keys, sign in elsewhere, or change your account.",
  itKeepsThisAccessUntilYou: "It keeps this access until you end it under your sessions.",
  andTrustRedirectHost: (redirectHost: string) => `, and trust ${redirectHost}`,
  theToolChoseItsNameItself: (redirectHost: string) =>
    `The tool chose its name itself. Allow it only if you started this yourself just now${redirectHost}.`,
  doNotAllow: "Do not allow",
  allow: "Allow",
  // EmailField
  eMailAddress: "E-mail address",
  // ForgotPasswordPage
  ifEmailBelongsToAnAccount: (email: string) =>
    `If ${email} belongs to an account, a link is on its way there. It is good for a day, and works once.`,
  forgotYourPassword: "Forgot your password?",
  weSendYouALinkTo: "We send you a link to choose a new password.",
  sendMeALink: "Send me a link",
  // MailSent
  checkYourMail: "Check your mail",
  // ResetPasswordPage
  chooseANewPassword: "Choose a new password",
  allYourSessionsEndOnEvery: "All your sessions end, on every device.",
  askForANewOne: "Ask for a new one",
  thisLinkWasUsedAlreadyOr: (askFor: ReactNode) =>
    rich`This link was used already, or has expired. ${askFor}.`,
  newPassword: "New password",
  changeMyPassword: "Change my password",
  // SignInPage
  thenYouGetTheCodeThat: "Then you get the code that the command line asks for.",
  toFindReadAndShareData: "To find, read and share data packages.",
  yourAddressIsConfirmedAndYour: "Your address is confirmed and your account is active.",
  yourPasswordIsChangedSignIn: "Your password is changed. Sign in with the new one.",
  signingInWithAPasswordIs: "Signing in with a password is switched off here.",
  nameAndPasswordDoNotMatch: "Name and password do not match any account.",
  nameOrEMailAddress: "Name or e-mail address",
  password: "Password",
  makeAnAccount: "Make an account",
  recoveryCode: "Recovery code",
  codeOfYourAuthenticatorApp: "Code of your authenticator app",
  eachRecoveryCodeWorksOnce: "Each recovery code works once.",
  sixDigitsWhichChangeEvery30: "Six digits, which change every 30 seconds.",
  useTheAuthenticatorApp: "Use the authenticator app",
  useARecoveryCode: "Use a recovery code",
  back: "Back",
  or: "or",
  continueWithLabel: (label: string) => `Continue with ${label}`,
  // SignOutPage
  signOut: "Sign out",
  untilNextTime: "Until next time.",
  youAreSignedOut: "You are signed out",
  signInAgain: "Sign in again",
  signingOut: "Signing out",
  // SignUpPage
  youHaveAnAccountSignIn: (signIn: ReactNode) => rich`You have an account? ${signIn}`,
  signUpIsOffHereAsk: "Sign-up is off here. Ask an administrator for an account.",
  accountsAreByInvitationHereOpen:
    "Accounts are by invitation here. Open the link in your invitation, or ask an administrator for one.",
  welcome: "Welcome",
  yourAccountIsReady: "Your account is ready.",
  openItWithinADayTo:
    "Open it within a day to confirm that the address is yours; then your account is active. Nothing there? Check your spam folder.",
  weHaveSentALinkTo: (email: string) => `We have sent a link to ${email}.`,
  anAdministrator: "An administrator",
  invitedByInvitesYouChooseAName: (invitedBy: string) =>
    `${invitedBy} invites you. Choose a name and a password.`,
  userName: "User name",
  aLowerCaseLetterThenLower: "A lower-case letter, then lower-case letters, digits, _ and -.",
  yourAddressEmail: (email: ReactNode) => rich`Your address: ${email}`,
  makeMyAccount: "Make my account",
  // ConsentPage
  you: "you",
  none: "none",
});
