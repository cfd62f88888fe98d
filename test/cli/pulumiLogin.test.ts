import { join } from "node:path";
import { expect, test } from "vitest";
import { hasBackend } from "../../cli/pulumiLogin.ts";
import { tempFolder, textFile } from "../support/folder.ts";

const CREDENTIALS = "credentials.json";

test("without anything of Pulumi's there is no backend", () => {
  const folder = tempFolder();
  expect(hasBackend({ PULUMI_HOME: folder }, folder)).toBe(false);
});

test.each([
  ["a login", CREDENTIALS, '{"current": "s3://states", "accessTokens": {}}', true],
  ["no login any more", CREDENTIALS, '{"current": "", "accessTokens": {}}', false],
  ["credentials that cannot be read", CREDENTIALS, '{"current": "s3:', false],
  ["a project with a backend", "Pulumi.yaml", "name: rancher-rollback\nbackend: {url: s3://states}\n", true],
  ["a project without one", "Pulumi.yaml", "name: rancher-rollback\n", false],
  ["an empty project", "Pulumi.yaml", "", false],
])("with %s", (_, file, text, has) => {
  const folder = tempFolder();
  textFile(join(folder, file), text);
  expect(hasBackend({ PULUMI_HOME: folder }, folder)).toBe(has);
  if (file === CREDENTIALS) expect(hasBackend({ PULUMI_CREDENTIALS_PATH: folder }, tempFolder())).toBe(has);
});

test.each(["PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN"])("with %s set", (name) => {
  const folder = tempFolder();
  expect(hasBackend({ PULUMI_HOME: folder, [name]: "x" }, folder)).toBe(true);
});
