// AWS's SDK for JavaScript, version 2: signed for AWS, then sent to the proxy, as the catalogs of 2020 to 2026 do it.

import AWS from "aws-sdk";

export function open({ credentials, region, pathStyle }, retarget, page) {
  // For every client, since managed uploads make their own.
  AWS.S3.prototype.customRequestHandler = request => {
    const sent = request.httpRequest;
    let restrict;
    request.on("sign", () => {
      const target = new URL(retarget(sent.endpoint.host, ""));
      sent.path = retarget(sent.endpoint.host, sent.path).slice(target.origin.length);
      sent.endpoint = new AWS.Endpoint(target.origin);
    });
    request.onAsync(
      "send",
      (_, done) => {
        const url = `${sent.endpoint.protocol}//${sent.endpoint.host}${sent.path}`;
        page.ask(sent.method, url, sent.headers).then(restriction => {
          restrict = restriction;
          done();
        }, done);
      },
      true,
    );
    request.on("httpHeaders", (_, headers) => restrict(headers), true);
  };

  const s3 = new AWS.S3({
    accessKeyId: credentials.AccessKeyId,
    secretAccessKey: credentials.SecretAccessKey,
    sessionToken: credentials.SessionToken,
    region,
    signatureVersion: "v4",
    s3UsEast1RegionalEndpoint: "regional",
    s3ForcePathStyle: pathStyle,
    maxRetries: 0,
  });
  return {
    call: (operation, parameters) =>
      s3[operation[0].toLowerCase() + operation.slice(1)](parameters).promise(),
    upload: (parameters, partSize) => s3.upload(parameters, { partSize }).promise(),
    bytes: found => found.Body,
    fault: error => ({ code: error.code, status: error.statusCode, message: error.message }),
  };
}
