import * as pulumi from "@pulumi/pulumi";
import { markRun } from "./cluster/stateFolder/runMark.ts";
import { program } from "./program.ts";

export const { rollback } = program(undefined, ({ cluster }) => {
  // This process lives as long as the update does.
  if (!pulumi.runtime.isDryRun()) markRun(cluster.path, pulumi.getStack());
});
