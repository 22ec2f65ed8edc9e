/** What to type to get a revision, a folder or a file: commands with a fresh address, and code for tools that speak S3. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { keys } from "@/api/keys";
import { useInstance } from "@/api/useInstance";
import { t } from "@/language/en/features/packages/download";
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
const ways = () =>
  [
    ["commands", t.commands],
    ["quilt3", "quilt3"],
    ["gateway", t.s3Tools],
  ] as const;
type Way = ReturnType<typeof ways>[number][0];

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
  const what = isFile ? t.file : place.paths ? t.chosenFiles : place.path ? t.folder : t.revision;
  return (
    <Modal open wide onClose={onClose} title={t.commandsCode} about={t.downloadReadElsewhere(what)}>
      <div className={styles.content}>
        {/* A choice has no path of its own, which quilt3 and the gateway could be given. */}
        {!place.paths && <Switch label={t.way} options={ways()} value={way} onChange={setWay} />}
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
      <ModalActions cancel={t.close} />
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
    <Loaded query={address} label={t.makingAddress} lines={4}>
      {url => (
        <>
          <Notice kind="warn">{t.whoeverAddressReads(isFile ? t.file2 : t.files)}</Notice>
          {!isFile && <CodeBlock label={t.downloadUnpack} code={tarPipe(url)} />}
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
      <CodeBlock label={t.shell} code={installCommand(wanted, s3Endpoint)} />
      <CodeBlock label={t.python} code={browseCode(wanted, s3Endpoint)} />
      <p className="muted">{t.firstTimeMachine(<Link to="/install">{t.setUp}</Link>)}</p>
    </>
  );
}

function Gateway({ part }: { part: PackagePart }) {
  const { config } = useServices();
  const [tool, setTool] = useState(GATEWAY_READERS[0]?.id ?? "");
  const endpoint = config.packages_url;
  if (!endpoint) return <p className="muted">{t.installationNoPackage}</p>;
  const reader = GATEWAY_READERS.find(({ id }) => id === tool);
  return (
    <>
      <Choice
        label={t.tool}
        options={GATEWAY_READERS.map(({ id, tool: name }) => [id, name] as const)}
        value={tool}
        onChange={setTool}
      />
      {reader && <CodeBlock label={reader.into} code={reader.code(part, endpoint)} />}
      <CodeBlock label={t.addressGateway} code={endpoint} />
      <p className="muted">{t.toolsNeedKey(<Link to="/account/s3">{t.s3Access}</Link>)}</p>
    </>
  );
}
