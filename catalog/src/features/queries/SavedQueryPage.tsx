import { useQuery } from "@tanstack/react-query";
import { Play, SquarePen, Trash2 } from "lucide-react";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { type SavedQuery, sqlQueries, useDeleteSaved, useRunSaved } from "@/api/sqlQueries";
import { t } from "@/language/en/features/queries";
import { newQueryPath, QUERIES_PATH, queryPath } from "@/lib/sql";
import { useServices } from "@/s3/context";
import { Button, ButtonLink } from "@/ui/Button";
import { ConfirmButton } from "@/ui/Confirm";
import { CodeBlock, CopyButton } from "@/ui/Copy";
import { Form, FormActions } from "@/ui/Form";
import { Chip, Crumbs, Head, Page, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Ago } from "@/ui/Measures";
import { ErrorNotice } from "@/ui/States";
import { ParameterFields } from "./ParameterFields";
import { faultOf, parametersOf, type TypedParameters, valuesOf } from "./parameters";

/** A statement with a name: what it answers, and a form for its parameters. */
export function SavedQueryPage() {
  const { id = "" } = useParams();
  const saved = useQuery(sqlQueries.savedQuery(useServices(), id));
  const title = saved.data?.name ?? t.savedQuery;
  return (
    <Page title={title}>
      <Crumbs
        steps={[
          { label: t.queries, to: QUERIES_PATH },
          { label: t.saved, to: `${QUERIES_PATH}/saved` },
          { label: title },
        ]}
      />
      <Loaded query={saved} label={t.loadingSavedQuery} framed heading={title}>
        {data => <Shown key={data.id} saved={data} />}
      </Loaded>
    </Page>
  );
}

function Shown({ saved }: { saved: SavedQuery }) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState<TypedParameters>({});
  const run = useRunSaved(saved.id);
  const remove = useDeleteSaved(saved.id);
  const parameters = parametersOf(saved.sql, typed, {}, saved.parameters);
  const start = () => {
    if (parameters.some(each => faultOf(each) !== null)) return;
    run.mutate(
      { parameters: valuesOf(parameters) },
      { onSuccess: made => void navigate(queryPath(made.id) + (saved.chart ? "?view=chart" : "")) },
    );
  };
  return (
    <>
      <Head title={saved.name} about={saved.description || undefined}>
        {saved.shared && <Chip kind="accent">{t.shared2}</Chip>}
        <CopyButton text={location.href} label={t.copyLink} />
        <ButtonLink
          to={`${newQueryPath()}?${new URLSearchParams({ saved: saved.id }).toString()}`}
          icon={<SquarePen size={15} />}
        >
          {t.openEditor}
        </ButtonLink>
        {saved.is_own && (
          <ConfirmButton
            label={t.delete}
            title={t.deleteSavedQuery}
            about={t.resultsStayHistory}
            icon={<Trash2 size={15} />}
            action={remove}
            done={() => void navigate(`${QUERIES_PATH}/saved`)}
          />
        )}
      </Head>
      <Panel label={t.run} padded>
        <Form free onSubmit={start}>
          {parameters.length > 0 && (
            <ParameterFields
              parameters={parameters}
              onText={(name, text) => {
                const type = parameters.find(each => each.name === name)?.type ?? "text";
                setTyped({ ...typed, [name]: { type, text } });
              }}
            />
          )}
          <ErrorNotice error={run.error} />
          <FormActions>
            <Button kind="primary" type="submit" icon={<Play size={15} />} busy={run.isPending}>
              {t.run}
            </Button>
            <span className="muted">
              {t.readsRoleAllows(saved.is_own ? t.you : saved.owner, <Ago at={saved.updated_at} />)}
            </span>
          </FormActions>
        </Form>
      </Panel>
      <CodeBlock label={t.sql} code={saved.sql} />
    </>
  );
}
