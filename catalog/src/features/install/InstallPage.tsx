import { useInstance } from "@/api/useInstance";
import { browseCode, installCommand, setUp } from "@/lib/install";
import { CodeBlock } from "@/ui/Copy";
import { Facts, Head, Page, Panel } from "@/ui/Layout";

const EXAMPLE = { bucket: "BUCKET", name: "AUTHOR/NAME", topHash: null };

export function InstallPage() {
  const instance = useInstance();
  return (
    <Page title="Install" narrow>
      <Head
        title="Work with packages from your own machine"
        about="With the quilt3 client, from a shell or from Python 3.9 and newer."
      />
      <Panel title="1 · Set up, once" padded>
        <CodeBlock label="Shell" code={setUp(instance)} />
      </Panel>
      <Panel title="2 · Install a package" padded>
        <CodeBlock label="Shell" code={installCommand(EXAMPLE, instance.s3Endpoint)} />
      </Panel>
      <Panel title="Or from Python" padded>
        <CodeBlock label="Python" code={browseCode(EXAMPLE, instance.s3Endpoint)} />
      </Panel>
      <Panel title="Addresses of this instance" padded>
        <Facts
          facts={[
            ["Catalog", <code key="c">{instance.catalog}</code>],
            ["Registry", <code key="r">{instance.registry}</code>],
            instance.s3Endpoint !== null && ["S3", <code key="s">{instance.s3Endpoint}</code>],
            ["API", <a key="a" href={`${instance.registry}/docs`}>{`${instance.registry}/docs`}</a>],
          ]}
        />
      </Panel>
    </Page>
  );
}
