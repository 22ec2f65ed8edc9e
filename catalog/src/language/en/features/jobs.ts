import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/jobs", {
  // JobPanel
  createNameInBucket: (name: string, bucket: string) => `Create ${name} in ${bucket}`,
  reviseNameInBucket: (name: string, bucket: string) => `Revise ${name} in ${bucket}`,
  promoteNameToBucket: (name: string, bucket: string) => `Promote ${name} to ${bucket}`,
  push: "Push",
  loadingTheJob: "Loading the job",
  backToTheForm: "Back to the form",
  stopping: "Stopping…",
  filesInRevisionLink: (totalEntries: number, link: ReactNode) =>
    rich`${counted(totalEntries, "file")} in revision ${link}`,
  anotherPushBecameTheLatestRevision:
    "Another push became the latest revision at the same moment; both are kept.",
  thePushWasStoppedItHas: "The push was stopped. It has not made a revision.",
  cancel: "Cancel",
  resume: "Resume",
  openTheNewRevision: "Open the new revision",
  waiting: "Waiting",
  running: "Running",
  done: "Done",
  failed: "Failed",
  stopped: "Stopped",
  ofTotal: (total: string) => ` of ${total}`,
  itFailedForAnUnknownReason: "It failed for an unknown reason.",
  itWasRefused: "It was refused:",
  // JobsPage
  jobs: "Jobs",
  pushesThatTheRegistryMakesFor:
    "Pushes that the registry makes for you. They continue when you leave the page.",
  loadingJobs: "Loading jobs",
  reviseAPackageCreateOneOr:
    "Revise a package, create one, or push one to another bucket: you can follow it here.",
  noJobsYet: "No jobs yet",
  finishedAgo: (ago: ReactNode) => rich`finished ${ago}`,
  startedAgo: (ago: ReactNode) => rich`started ${ago}`,
  olderJobs: "Older jobs",
  // problems
  compareWithWhatIsThereNow: "Compare with what is there now; then push your changes on top of it.",
  correctWhatIsNamedAndPush: "Correct what is named, and push again.",
  theObjectIsGoneHasChanged:
    "The object is gone, has changed, or your role may not read it. Take it out, or get access to it.",
  theBucketsWorkflowConfigurationHasAn:
    "The bucket's workflow configuration has an error. Ask the people who maintain the bucket to repair it.",
  chooseADestinationThatThisBuckets: "Choose a destination that this bucket's workflow configuration names.",
  askAnAdministratorForAccess: "Ask an administrator for access.",
  yourSessionEndedWhileItRan: "Your session ended while it ran. Sign in again, then resume.",
  waitUntilOneOfYourJobs: "Wait until one of your jobs is done.",
  failuresLikeThisOftenPassResume:
    "Failures like this often pass. Resume the push; it continues where it stopped.",
  computingHashes: "Computing hashes",
  copyingObjects: "Copying objects",
  writingTheManifest: "Writing the manifest",
  uploadingTheManifest: "Uploading the manifest",
  readingItBack: "Reading it back",
  publishing: "Publishing",
  waitingForItsTurn: "Waiting for its turn",
  starting: "Starting",
});
