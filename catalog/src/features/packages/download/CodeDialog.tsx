/** What to type to get a revision, a folder or a file: commands with a fresh address, and code for tools that speak S3. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { keys } from "@/api/keys";
import { useInstance } from "@/api/useInstance";
import { browseCode, installCommand } from "@/lib/install";
import { nameOf } from "@/lib/paths";
import { ADDRESS_COMMANDS, archiveName, GATEWAY_READERS, type PackagePart, tarPipe } from "@/lib/snippets";
import { useServices } from "@/s3/context";
import { archiveUrl, type DownloadPlace, fileUrl } from "@/s3/downloads";
import { TICKET_STALE_MILLISECONDS } from "@/s3/tickets";
import { CodeBlock } from "@/ui/Copy";
import { Choice } from "@/ui/Field";
import { Loaded } from "@/ui/Loaded";
import { Modal, ModalActions } from "@/ui/Modal";
import { Notice } from "@/ui/States";
import { Switch } from "@/ui/Switch";
import styles from "./CodeDialog.module.css";

const LATEST = "latest";
const WAYS = [
  ["commands", "Commands"],
  ["quilt3", "quilt3"],
  ["gateway", "S3 tools"],
] as const;
type Way = (typeof WAYS)[number][0];

export function CodeDialog({
  place,
  reference,
  isFile = false,
  onClose,
}: {
  place: DownloadPlace;
  /** The revision as the page's address has it. */
  reference: string;
  isFile?: boolean;
  onClose: () => void;
}) {
  const [way, setWay] = useState<Way>("commands");
  const what = isFile
    ? "this file"
    : place.paths
      ? "the chosen files"
      : place.path
        ? "this folder"
        : "this revision";
  return (
    <Modal
      open
      wide
      onClose={onClose}
      title="Commands and code"
      about={`To download or read ${what} elsewhere.`}
    >
      <div className={styles.content}>
        {/* A choice has no path of its own, which quilt3 and the gateway could be given. */}
        {!place.paths && <Switch label="Way" options={WAYS} value={way} onChange={setWay} />}
        {way === "commands" && <Commands place={place} isFile={isFile} />}
        {way === "quilt3" && <Quilt3 place={place} reference={reference} />}
        {way === "gateway" && (
          <Gateway
            part={{
              bucket: place.bucket,
              name: place.name,
              revision: reference === LATEST ? LATEST : place.topHash,
              path: place.path,
              isFile,
            }}
          />
        )}
      </div>
      <ModalActions cancel="Close" />
    </Modal>
  );
}

function Commands({ place, isFile }: { place: DownloadPlace; isFile: boolean }) {
  const services = useServices();
  const { bucket, name, topHash, path, paths } = place;
  const address = useQuery({
    queryKey: keys.archiveLink(bucket, name, topHash, paths ? JSON.stringify(paths) : path),
    queryFn: () => (isFile ? fileUrl(services, place) : archiveUrl(services, place, "tar")),
    staleTime: TICKET_STALE_MILLISECONDS,
  });
  const file = isFile ? nameOf(path) : `${archiveName(name, topHash, path)}.tar`;
  return (
    <Loaded query={address} label="Making an address" lines={4}>
      {url => (
        <>
          <Notice kind="warn">
            Whoever has this address reads {isFile ? "the file" : "the files"} for an hour, or until your
            session ends.
          </Notice>
          {!isFile && <CodeBlock label="Download and unpack here" code={tarPipe(url)} />}
          {ADDRESS_COMMANDS.map(({ id, tool, code }) => (
            <CodeBlock key={id} label={tool} code={code(url, file)} />
          ))}
        </>
      )}
    </Loaded>
  );
}

function Quilt3({ place, reference }: { place: DownloadPlace; reference: string }) {
  const { s3Endpoint } = useInstance();
  const wanted = {
    bucket: place.bucket,
    name: place.name,
    topHash: reference === LATEST ? null : place.topHash,
    ...(place.path ? { path: place.path } : {}),
  };
  return (
    <>
      <CodeBlock label="Shell" code={installCommand(wanted, s3Endpoint)} />
      <CodeBlock label="Python" code={browseCode(wanted, s3Endpoint)} />
      <p className="muted">
        First time on this machine? <Link to="/install">Set it up</Link>
      </p>
    </>
  );
}

function Gateway({ part }: { part: PackagePart }) {
  const { config } = useServices();
  const [tool, setTool] = useState(GATEWAY_READERS[0]?.id ?? "");
  const endpoint = config.packages_url;
  if (!endpoint)
    return (
      <p className="muted">
        This installation has no package gateway, through which S3 tools read packages. An administrator can
        set one up.
      </p>
    );
  const reader = GATEWAY_READERS.find(({ id }) => id === tool);
  return (
    <>
      <Choice
        label="Tool"
        options={GATEWAY_READERS.map(({ id, tool: name }) => [id, name] as const)}
        value={tool}
        onChange={setTool}
      />
      {reader && <CodeBlock label={reader.into} code={reader.code(part, endpoint)} />}
      <CodeBlock label="Address of the gateway" code={endpoint} />
      <p className="muted">
        Tools need a key pair: <Link to="/account/s3">S3 access</Link>
      </p>
    </>
  );
}
