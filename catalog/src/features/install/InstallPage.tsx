import { useInstance } from "@/api/useInstance";
import { t } from "@/language/en/features/home";
import { browseCode, installCommand, setUp } from "@/lib/install";
import { CodeBlock } from "@/ui/Copy";
import { Facts, Head, Page, Panel } from "@/ui/Layout";

const EXAMPLE = { bucket: "BUCKET", name: "AUTHOR/NAME", topHash: null };

export function InstallPage() {
  const instance = useInstance();
  return (
    <Page title={t.install} narrow>
      <Head title={t.workPackagesOwn} about={t.quilt3ClientShell} />
      <Panel title={t.n1SetUp} padded>
        <CodeBlock label={t.shell} code={setUp(instance)} />
      </Panel>
      <Panel title={t.n2InstallPackage} padded>
        <CodeBlock label={t.shell} code={installCommand(EXAMPLE, instance.s3Endpoint)} />
      </Panel>
      <Panel title={t.python2} padded>
        <CodeBlock label={t.python} code={browseCode(EXAMPLE, instance.s3Endpoint)} />
      </Panel>
      <Panel title={t.addressesInstance} padded>
        <Facts
          facts={[
            [t.catalog, <code key="c">{instance.catalog}</code>],
            [t.registry, <code key="r">{instance.registry}</code>],
            instance.s3Endpoint !== null && ["S3", <code key="s">{instance.s3Endpoint}</code>],
            ["API", <a key="a" href={`${instance.registry}/docs`}>{`${instance.registry}/docs`}</a>],
          ]}
        />
      </Panel>
    </Page>
  );
}
