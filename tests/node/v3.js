// AWS's SDK for JavaScript, version 3: the same by middleware.

import * as S3 from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

export function open({ credentials, region, pathStyle }, retarget, page) {
  const client = new S3.S3Client({
    region,
    credentials: {
      accessKeyId: credentials.AccessKeyId,
      secretAccessKey: credentials.SecretAccessKey,
      sessionToken: credentials.SessionToken,
    },
    forcePathStyle: pathStyle,
    maxAttempts: 1,
  });
  client.middlewareStack.addRelativeTo(
    next => args => {
      const { request } = args;
      const url = new URL(retarget(request.hostname, ""));
      request.path = retarget(request.hostname, request.path).slice(url.origin.length);
      Object.assign(request, { protocol: url.protocol, hostname: url.hostname, port: Number(url.port) });
      return next(args);
    },
    { name: "retarget", relation: "after", toMiddleware: "httpSigningMiddleware" },
  );
  client.middlewareStack.add(
    next => async args => {
      const { request } = args;
      const url = `${request.protocol}//${request.hostname}:${request.port}${request.path}`;
      const restrict = await page.ask(request.method, url, request.headers);
      const answer = await next(args);
      restrict(answer.response.headers);
      return answer;
    },
    { name: "page", step: "deserialize", priority: "low" },
  );
  return {
    call: (operation, parameters) => client.send(new S3[`${operation}Command`](parameters)),
    upload: (params, partSize) => new Upload({ client, params, partSize }).done(),
    bytes: found => found.Body.transformToByteArray(),
    fault: error => ({ code: error.name, status: error.$metadata?.httpStatusCode, message: error.message }),
  };
}
