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
      <Head title={t.workWithPackagesFromYourOwn} about={t.withTheQuilt3ClientFromA} />
      <Panel title={t.n1SetUpOnce} padded>
        <CodeBlock label={t.shell} code={setUp(instance)} />
      </Panel>
      <Panel title={t.n2InstallAPackage} padded>
        <CodeBlock label={t.shell} code={installCommand(EXAMPLE, instance.s3Endpoint)} />
      </Panel>
      <Panel title={t.orFromPython} padded>
        <CodeBlock label={t.python} code={browseCode(EXAMPLE, instance.s3Endpoint)} />
      </Panel>
      <Panel title={t.addressesOfThisInstance} padded>
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
