import { AsyncLocalStorage } from "node:async_hooks";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Provider } from "@pulumi/pulumi/provider/index.js";
import { RancherRollback, type RancherRollbackArgs } from "../component.ts";
import type { Announce } from "../components/announcement.ts";
import { typeToken } from "../messages/steps.ts";
import { planMessage, warningLog } from "../underPulumi.ts";

const TYPE = typeToken("RancherRollback");

/** The schema that other languages' SDKs are generated from; `npm run schema` writes it from component.ts. */
const schema = readFileSync(join(import.meta.dirname, "schema.json"), "utf8");

/**
 * Gives the component to programs in other languages. Pulumi's own host for components would do, but reads the schema
 * from TypeScript sources with a compiler, and the package has neither.
 */
export const provider: Provider = {
  version: JSON.parse(schema).version,
  getSchema: async () => schema,
  construct: async (name, type, inputs, options) => {
    if (type !== TYPE) throw new Error(`there is no ${type} in this package, only ${TYPE}`);
    const rollback = new HostedRollback(name, inputs as RancherRollbackArgs, options);
    const { urn, safetyCopy, undoCommand, rancherVersion, report } = rollback;
    return { urn, state: { safetyCopy, undoCommand, rancherVersion, report } };
  },
};

/** The component in a process of its own. The engine hides what such a process prints, and shows what it logs. */
class HostedRollback extends RancherRollback {
  protected override announcer(): Announce {
    // The engine calls a hook without the context that the log needs.
    const inContext = AsyncLocalStorage.snapshot();
    const text = planMessage();
    const warn = warningLog(this);
    return (announced) => {
      if (announced.kind === "plan") inContext(() => pulumi.log.info(text(announced.plan), this));
      if (announced.kind === "warned") warn(announced.notice);
    };
  }
}
