import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("ui", {
  // Copy
  copied: "Copied",
  couldNotCopy: "Could not copy",
  copy: "Copy",
  // FolderTrail
  folder: "Folder",
  // ForWriters
  yourRoleMayOnlyReadBucket: (bucket: string) => `Your role may only read ${bucket}.`,
  // JsonTree
  empty: "empty",
  ofMore: (of: number) => `${of} more…`,
  // LanguageChoice
  language: "Language",
  // Layout
  breadcrumb: "Breadcrumb",
  // ListPanel
  more: "More",
  // Loaded
  loading: "Loading",
  // Measures
  ofBytes: (of: string) => `${of} bytes`,
  // MoreFailed
  loadingMore: "Loading more…",
  tryAgain: "Try again",
  // NewPassword
  labelAgain: (label: string) => `${label}, again`,
  // NotFoundPage
  notFound: "Not found",
  theAddressMayBeMistypedOr: "The address may be mistyped, or what it led to has moved.",
  thereIsNoSuchPage: "There is no such page",
  home: "Home",
  // Palette
  escClose: "Esc: close",
  // PackageBlock
  revisions: (revisions: number) => counted(revisions, "revision"),
  packages: (packages: number) => counted(packages, "package"),
  // PickerPopover
  filter: "Filter",
  nothingContainsFilter: (filter: string) => `Nothing contains “${filter}”.`,
  // Seam
  added: "added",
  changed: "changed",
  moved: "moved",
  withOtherMetadata: "with other metadata",
  removed: "removed",
  notCountedYet: "not counted yet",
  sameFiles: "same files",
  files: (count: number) => counted(count, "file"),
  // SortChoice
  sort: "Sort",
  // States
  thisTakesLongerThanUsualStill: "This takes longer than usual; still waiting for an answer…",
  youAreSignedOut: "You are signed out",
  youMayNotSeeThis: "You may not see this",
  nothingHere: "Nothing here",
  thatConflictsWithWhatIsThere: "That conflicts with what is there",
  thatIsTooLarge: "That is too large",
  tooManyRequests: "Too many requests",
  thatCannotBeDone: "That cannot be done",
  theServerHadAProblem: "The server had a problem",
  noConnection: "No connection",
  noAnswer: "No answer",
  thisPageCouldNotBeLoaded: "This page could not be loaded",
  askAnAdministratorForAccessOr: "Ask an administrator for access, or sign in as somebody else.",
  itMayHaveBeenRemovedOr: "It may have been removed or renamed, or your role does not include it.",
  tryingAgainOftenHelpsIfIt: "Trying again often helps. If it does not, tell your administrator.",
  checkYourConnectionIfItIs: "Check your connection. If it is fine, the service is down for the moment.",
  theServiceIsBusyTryAgain: "The service is busy. Try again in a moment.",
  thisPageFailedBecauseOfA: "This page failed because of a bug in the catalog.",
  requestRequestId: (requestId: ReactNode) => rich`Request ${requestId}`,
  tryingAgainInLeftSTry: (left: number) => `Trying again in ${left} s · try now`,
  tryingAgain: "Trying again…",
  // LeaveDialog
  leave: "Leave",
  // LeaveGuard
  leaveWithoutSaving: "Leave without saving?",
  whatYouChangedOnThisPage: "What you changed on this page is not saved, and will be lost.",
  keepEditing: "Keep editing",
  leaveBeforeItIsFinished: "Leave before it is finished?",
  thisPageIsStillWorkingOn: "This page is still working on files. It stops when you leave.",
  stayHere: "Stay here",
  // Modal
  cancel: "Cancel",
});
