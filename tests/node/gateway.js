// `node gateway.js`: asks the API gateway, signed by AWS's SDK as the catalog of 2020 does it; prints status and answer.
// Standard input: {endpoint, region, question, key: {AccessKeyId, SecretAccessKey, SessionToken}}.

import { json } from "node:stream/consumers";

import AWS from "aws-sdk";

const { endpoint, region, question, key } = await json(process.stdin);
const gateway = new AWS.Endpoint(endpoint);
const request = new AWS.HttpRequest(gateway, region);
request.method = "GET";
request.path = gateway.path + question;
request.headers = { Host: gateway.host };
const credentials = new AWS.Credentials(key.AccessKeyId, key.SecretAccessKey, key.SessionToken);
new AWS.Signers.V4(request, "execute-api").addAuthorization(credentials, new Date());
const { Host, ...headers } = request.headers;
const answer = await fetch(`${gateway.protocol}//${gateway.host}${request.path}`, { headers });
console.log(JSON.stringify({ status: answer.status, signed: headers.Authorization, answer: await answer.json() }));
