import { section } from "@/language/language";

export const t = section("lib/identity", {
  // agents
  unknownProgram: "Unknown program",
  nameOnPlatform: (name: string, platform: string) => `${name} on ${platform}`,
  // audit
  aSession: "a session",
  anAPIKey: "an API key",
  aCommand: "a command",
  nothing: "nothing",
  // sso
  nobodyHereHasAnAccountFor: "Nobody here has an account for that identity. Ask an administrator for one.",
  addressesOfThatDomainMayNot: "Addresses of that domain may not sign in here.",
  yourSignInProviderHasNot:
    "Your sign-in provider has not confirmed your e-mail address. Confirm it there first.",
  theSignInProviderIsNot: "The sign-in provider is not responding. Try again.",
  thisSignInProviderNoLonger: "This sign-in provider no longer exists.",
  tooManyAttemptsFromYourAddress: "Too many attempts from your address. Wait a minute, then try again.",
  signingInFailedTryAgain: "Signing in failed. Try again.",
  itCannotBeRead: "it cannot be read",
  thisIsNotJSONMessage: (message: string) => `This is not JSON: ${message}.`,
  claimsMustBeAJSONObject: "Claims must be a JSON object, in braces.",
  // permissions
  read: "Read",
  readAndWrite: "Read and write",
  everyBucket: "every bucket",
  bucketsBuckets: (buckets: number) => `${buckets} buckets`,
  writeEveryBucket: "write every bucket",
  writeWrite: (write: string) => `write ${write}`,
  readRead: (read: string) => `read ${read}`,
});
