import { section } from "@/language/language";

export const t = section("lib/identity", {
  // agents
  unknownProgram: "Unknown program",
  onNamePlatform: (name: string, platform: string) => `${name} on ${platform}`,
  // audit
  session: "a session",
  apiKey: "an API key",
  command: "a command",
  nothing: "nothing",
  // forms
  least8Characters: "At least 8 characters, and not one that is easy to guess.",
  twoPasswordsNot: "The two passwords are not the same.",
  // permissions
  read: "Read",
  readWrite: "Read and write",
  everyBucket: "every bucket",
  bucketsBuckets: (buckets: number) => `${buckets} buckets`,
  writeEveryBucket: "write every bucket",
  writeWrite: (write: string) => `write ${write}`,
  readRead: (read: string) => `read ${read}`,
  // sso
  nobodyAccountIdentity: "Nobody here has an account for that identity. Ask an administrator for one.",
  addressesDomainMay: "Addresses of that domain may not sign in here.",
  signProviderNot: "Your sign-in provider has not confirmed your e-mail address. Confirm it there first.",
  signProviderNotResponding: "The sign-in provider is not responding. Try again.",
  signProviderNo: "This sign-in provider no longer exists.",
  tooManyAttempts: "Too many attempts from your address. Wait a minute, then try again.",
  signingFailedTry: "Signing in failed. Try again.",
  cannotRead: "it cannot be read",
  notJson: (message: string) => `This is not JSON: ${message}.`,
  claimsMustJson: "Claims must be a JSON object, in braces.",
});
