import { useQuery } from "@tanstack/react-query";
import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { useApi } from "./context";
import { useJob } from "./jobs";
import { searchQueries } from "./search";

function Page() {
  const job = useJob("7");
  const { data } = useQuery({
    ...searchQueries.newestPackages(useApi(), "lab", 1),
    enabled: job.data?.state === "done",
  });
  return data ? <p>{data.total} found</p> : null;
}

test("after a push, a search waits for what was pushed", async () => {
  const asked: (string | null)[] = [];
  server.use(
    http.get(`${REGISTRY}/api/v1/jobs/7`, () =>
      HttpResponse.json({
        id: "7",
        state: "done",
        bucket: "lab",
        name: "amy/wine",
        result: { position: 42 },
      }),
    ),
    http.get(`${REGISTRY}/api/v1/search`, ({ request }) => {
      asked.push(new URL(request.url).searchParams.get("after"));
      return HttpResponse.json({ items: [], total: 0 });
    }),
  );
  renderSignedIn(<Page />);
  expect(await screen.findByText("0 found")).toBeTruthy();
  expect(asked).toEqual(["42"]);
});
