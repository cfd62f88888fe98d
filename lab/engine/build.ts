import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { nameOf } from "../machine/content.ts";
import { isExecutable } from "../machine/files.ts";
import { checkGo } from "../machine/prerequisites.ts";
import { run } from "../machine/process.ts";
import { type Progress, timed } from "../machine/progress.ts";
import { root } from "./places.ts";
import { versions } from "./versions.ts";

const PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
/** Without its version the Automation API refuses the CLI. */
const LDFLAGS = `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${versions.pulumi}`;
const module = join(import.meta.dirname, "pulumi");

/** The CLI built from its pinned Go module, which is done if it was never done. */
export async function builtCli(progress: Progress): Promise<string> {
  const pins = await Promise.all(["go.mod", "go.sum"].map((file) => readFile(join(module, file), "utf8")));
  const pulumi = join(root, `built-${nameOf(...pins, PACKAGE, LDFLAGS)}`, "bin/pulumi");
  if (await isExecutable(pulumi)) return pulumi;
  // Where Go's own installation instructions put it.
  process.env.PATH = [process.env.PATH, "/usr/local/go/bin"].join(delimiter);
  await checkGo();
  await timed(progress, `Pulumi ${versions.pulumi}: building from the Go module (about 4 min the first time)`, () =>
    build(pulumi),
  );
  return pulumi;
}

async function build(pulumi: string): Promise<void> {
  const partial = join(root, `.building-${process.pid}`);
  const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -buildvcs=false", GOWORK: "off" };
  try {
    await mkdir(dirname(pulumi), { recursive: true });
    await run("go", ["build", "-trimpath", "-ldflags", LDFLAGS, "-o", partial, PACKAGE], { cwd: module, env });
    await rename(partial, pulumi);
  } finally {
    await rm(partial, { force: true });
  }
}
