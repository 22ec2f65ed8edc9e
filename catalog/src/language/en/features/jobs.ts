import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/jobs", {
  // JobPanel
  createNameBucket: (name: string, bucket: string) => `Create ${name} in ${bucket}`,
  reviseNameBucket: (name: string, bucket: string) => `Revise ${name} in ${bucket}`,
  promoteNameBucket: (name: string, bucket: string) => `Promote ${name} to ${bucket}`,
  push: "Push",
  loadingJob: "Loading the job",
  backForm: "Back to the form",
  stopping: "Stopping…",
  fileRevision: (totalEntries: number, link: ReactNode) =>
    rich`${counted(totalEntries, "file")} in revision ${link}`,
  anotherPushBecame: "Another push became the latest revision at the same moment; both are kept.",
  pushStoppedNot: "The push was stopped. It has not made a revision.",
  cancel: "Cancel",
  resume: "Resume",
  openNewRevision: "Open the new revision",
  waiting: "Waiting",
  running: "Running",
  done: "Done",
  failed: "Failed",
  stopped: "Stopped",
  ofTotal: (total: string) => ` of ${total}`,
  failedUnknownReason: "It failed for an unknown reason.",
  refused: "It was refused:",
  // JobsPage
  jobs: "Jobs",
  pushesRegistryMakes: "Pushes that the registry makes for you. They continue when you leave the page.",
  loadingJobs: "Loading jobs",
  revisePackageCreate: "Revise a package, create one, or push one to another bucket: you can follow it here.",
  noJobsYet: "No jobs yet",
  finishedAgo: (ago: ReactNode) => rich`finished ${ago}`,
  startedAgo: (ago: ReactNode) => rich`started ${ago}`,
  olderJobs: "Older jobs",
  // problems
  compareNowThen: "Compare with what is there now; then push your changes on top of it.",
  correctNamedPush: "Correct what is named, and push again.",
  objectGoneChanged:
    "The object is gone, has changed, or your role may not read it. Take it out, or get access to it.",
  bucketsWorkflowConfiguration:
    "The bucket's workflow configuration has an error. Ask the people who maintain the bucket to repair it.",
  chooseDestinationBuckets: "Choose a destination that this bucket's workflow configuration names.",
  askAdministratorAccess: "Ask an administrator for access.",
  sessionEndedWhile: "Your session ended while it ran. Sign in again, then resume.",
  waitUntilOne: "Wait until one of your jobs is done.",
  failuresLikeOften: "Failures like this often pass. Resume the push; it continues where it stopped.",
  computingHashes: "Computing hashes",
  copyingObjects: "Copying objects",
  writingManifest: "Writing the manifest",
  uploadingManifest: "Uploading the manifest",
  addingToIndex: "Adding it to the index",
  publishing: "Publishing",
  waitingTurn: "Waiting for its turn",
  starting: "Starting",
});
