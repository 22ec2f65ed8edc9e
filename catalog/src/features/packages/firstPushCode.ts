/** Python that pushes the first package of a bucket. */
export const firstPushCode = (bucket: string) =>
  [
    "import quilt3 as q3",
    "",
    "package = q3.Package()",
    'package.set_dir("/", "./data")',
    `package.push("AUTHOR/NAME", registry="s3://${bucket}", message="First version")`,
  ].join("\n");
