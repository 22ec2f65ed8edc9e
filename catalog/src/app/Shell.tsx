import { useIsFetching } from "@tanstack/react-query";
import { Suspense } from "react";
import { Link, Outlet, ScrollRestoration, useNavigation } from "react-router";
import { useSession } from "@/api/context";
import { t } from "@/language/en/app";
import { QUERIES_PATH } from "@/lib/sql";
import { useServices } from "@/s3/context";
import { useBrand } from "@/ui/brand";
import { useDropGuard } from "@/ui/DropAnywhere";
import { LeaveGuard } from "@/ui/LeaveGuard";
import { Wordmark } from "@/ui/Patch";
import { Loading } from "@/ui/States";
import { JobsLink } from "./JobsLink";
import { KeyboardButton } from "./KeyboardButton";
import { PlaceKeeper } from "./PlaceKeeper";
import { RouteAnnouncer } from "./RouteAnnouncer";
import { SearchBox } from "./SearchBox";
import { ThemeToggle } from "./ThemeToggle";
import { UserMenu } from "./UserMenu";
import styles from "./Shell.module.css";

export function Shell() {
  const session = useSession();
  const signedIn = session === "in";
  const { config } = useServices();
  const { name } = useBrand();
  useDropGuard();
  return (
    <>
      <a href="#main" className={styles.skip}>
        {t.skipContent}
      </a>
      <Progress />
      <header className={styles.header}>
        <div className={styles.bar}>
          <Link to="/" className={styles.home} aria-label={t.homeName(name)}>
            <Wordmark />
          </Link>
          {signedIn && <SearchBox />}
          <nav className={styles.nav} aria-label={t.main}>
            {signedIn && (
              <Link to={QUERIES_PATH} className={`${styles.link} ${styles.inMenu}`}>
                {t.queries}
              </Link>
            )}
            <Link to="/install" className={`${styles.link} ${styles.inFooter}`}>
              {t.install}
            </Link>
            {signedIn && <JobsLink />}
            <ThemeToggle />
            {signedIn ? (
              <UserMenu />
            ) : (
              <Link to={session === "enrolling" ? "/signout" : "/signin"} className={styles.link}>
                {session === "enrolling" ? t.signOut : t.sign}
              </Link>
            )}
          </nav>
        </div>
      </header>
      {/* Takes the focus from the skip link. */}
      <main id="main" tabIndex={-1} className={styles.main}>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
      <footer className={styles.footer}>
        <span>{t.patchworkStackVersion(config.stackVersion)}</span>
        <Link to="/install" className={styles.onPhones}>
          {t.install}
        </Link>
        <a href={`${config.registryUrl}/docs`}>{t.api}</a>
        {signedIn && <KeyboardButton />}
      </footer>
      <ScrollRestoration />
      <PlaceKeeper />
      <RouteAnnouncer />
      <LeaveGuard />
    </>
  );
}

/** A thin line under the header's top edge while anything is under way. */
function Progress() {
  const fetching = useIsFetching() > 0;
  const navigating = useNavigation().state !== "idle";
  return <div className={styles.progress} data-on={fetching || navigating || undefined} aria-hidden="true" />;
}
