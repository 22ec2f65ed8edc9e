import type { ReactNode } from "react";
import { section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("ui", {
  // LeaveGuard
  leaveWithoutSaving: "Leave without saving?",
  changedPageNot: "What you changed on this page is not saved, and will be lost.",
  keepEditing: "Keep editing",
  leaveBeforeFinished: "Leave before it is finished?",
  pageStillWorking: "This page is still working on files. It stops when you leave.",
  stay: "Stay here",
  // States
  loading: "Loading",
  tryAgain: "Try again",
  home: "Home",
  takesLongerThan: "This takes longer than usual; still waiting for an answer…",
  signedOut: "You are signed out",
  mayNotSee: "You may not see this",
  nothing: "Nothing here",
  conflicts: "That conflicts with what is there",
  tooLarge: "That is too large",
  tooManyRequests: "Too many requests",
  cannotDone: "That cannot be done",
  serverProblem: "The server had a problem",
  noConnection: "No connection",
  noAnswer: "No answer",
  pageCouldNot: "This page could not be loaded",
  askAdministratorAccess: "Ask an administrator for access, or sign in as somebody else.",
  mayBeenRemoved: "It may have been removed or renamed, or your role does not include it.",
  tryingAgainOften: "Trying again often helps. If it does not, tell your administrator.",
  checkConnectionFine: "Check your connection. If it is fine, the service is down for the moment.",
  serviceBusyTry: "The service is busy. Try again in a moment.",
  pageFailedBecause: "This page failed because of a bug in the catalog.",
  requestRequestId: (requestId: ReactNode) => rich`Request ${requestId}`,
  tryingAgainS: (left: number) => `Trying again in ${left} s · try now`,
  tryingAgain: "Trying again…",
});
