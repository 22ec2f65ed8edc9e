// Unpacks the browser into $TMPDIR and prints where it is.

process.env.AWS_EXECUTION_ENV ??= "AWS_Lambda_nodejs22.x"; // so that its libraries are unpacked as well

const { default: chromium } = await import("@sparticuz/chromium");
console.log(await chromium.executablePath());
