import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { local } from "@pulumi/command";
import { apps, Provider } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ConcurrentUpdateError } from "@pulumi/pulumi/automation/index.js";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Engine, getEngine } from "../../lab/engine/engine.ts";
import { TestStack } from "../lab/pulumi-stand-ins/stack.ts";
import { textFile } from "../support/folder.ts";

let engine: Engine;
let stack: TestStack;

beforeAll(async () => {
  engine = await getEngine(console.log);
});
beforeEach(async () => {
  stack = await TestStack.open(engine);
});
afterEach(async () => {
  await stack.remove();
});

interface Script {
  create: string;
  trigger?: pulumi.Input<string>;
  hook?: () => void;
}

/** A command as the program's steps are: run for its trigger alone, and taken out of the state before it runs again. */
function step(name: string, { create, trigger = "same", hook }: Script, args: Partial<local.CommandArgs> = {}) {
  return new local.Command(
    name,
    { create, update: ":", triggers: [trigger], dir: stack.folder, ...args },
    {
      ignoreChanges: ["create", "update", "environment", "stdin", "logging"],
      deleteBeforeReplace: true,
      ...(hook && { hooks: { beforeCreate: [new pulumi.ResourceHook(`${name}-hook`, hook, { onDryRun: true })] } }),
    },
  );
}

/** How often a script that adds a line to `runs` has run. */
async function runs(): Promise<number> {
  const text = await readFile(join(stack.folder, "runs"), "utf8").catch(() => "");
  return text.split("\n").length - 1;
}

const counted = "echo run >> runs; echo done";

describe("a command", () => {
  test("is not run by a preview, runs once, and has nothing to do the next time", async () => {
    stack.program = async () => ({ said: step("a", { create: counted }).stdout });
    expect((await stack.preview()).steps.a).toEqual(["create"]);
    expect(await runs()).toBe(0);
    const { steps, outputs } = await stack.up();
    expect(steps.a).toEqual(["create"]);
    expect(outputs.said?.value).toBe("done");
    expect((await stack.up()).steps.a).toEqual(["same"]);
    expect(await runs()).toBe(1);
  });

  test("with ignored changes is the same with an edited script", async () => {
    stack.program = async () => void step("a", { create: counted });
    await stack.up();
    stack.program = async () => void step("a", { create: `${counted} # edited` }, { environment: { NEW: "1" } });
    expect((await stack.preview()).steps.a).toEqual(["same"]);
    expect((await stack.up()).steps.a).toEqual(["same"]);
    expect(await runs()).toBe(1);
  });

  test("without ignored changes runs its update for an edited script, which knows the last output", async () => {
    const update = 'echo "after $PULUMI_COMMAND_STDOUT"';
    stack.program = async () => ({ said: new local.Command("a", { create: "echo one", update }).stdout });
    await stack.up();
    stack.program = async () => ({ said: new local.Command("a", { create: "echo two", update }).stdout });
    const { steps, outputs } = await stack.up();
    expect(steps.a).toEqual(["update"]);
    expect(outputs.said?.value).toBe("after one");
  });

  test("runs its new script for a changed trigger, and so does what is triggered by its output", async () => {
    const both = (word: string, trigger: string) => async () => {
      const a = step("a", { create: `echo ${word}`, trigger });
      step("b", { create: `echo ${word} >> runs`, trigger: a.stdout });
    };
    stack.program = both("old", "1");
    await stack.up();
    stack.program = both("new", "2");
    const replaced = ["delete-replaced", "replace", "create-replacement"];
    const preview = await stack.preview();
    expect(preview.steps.a).toEqual(replaced);
    expect(preview.steps.b).toEqual(replaced);
    const { steps } = await stack.up();
    expect(steps.a).toEqual(replaced);
    expect(steps.b).toEqual(replaced);
    expect(await readFile(join(stack.folder, "runs"), "utf8")).toBe("old\nnew\n");
  });

  test("that fails in a replacement runs again for the trigger it had before as well", async () => {
    stack.program = async () => void step("a", { create: counted, trigger: "1" });
    await stack.up();
    stack.program = async () => void step("a", { create: `${counted}; exit 3`, trigger: "2" });
    const { message } = await stack.failingUp();
    expect(message).toContain(`exit status 3: running "${counted}; exit 3":`);
    // Still in the state, but as something that must be replaced whatever the program says.
    expect((await stack.state()).a?.pendingReplacement).toBe(true);
    expect((await stack.failingUp()).run.steps.a).toContain("create-replacement");
    expect(await runs()).toBe(3);
    stack.program = async () => void step("a", { create: counted, trigger: "1" });
    expect((await stack.up()).steps.a).toContain("create-replacement");
    expect(await runs()).toBe(4);
    expect((await stack.up()).steps.a).toEqual(["same"]);
  });

  test("tells its lines while it runs, in order, of both outputs or of the one that is asked for", async () => {
    const script = "for i in 1 2 3; do echo out $i; echo err $i >&2; sleep 0.1; done; printf end";
    stack.program = async () => {
      step("both", { create: script });
      step("err", { create: script }, { logging: "stderr" });
      step("none", { create: script }, { logging: "none" });
    };
    const { lines } = await stack.up();
    const of = (name: string) =>
      lines.filter((line) => line.startsWith(name)).map((line) => line.slice(name.length + 2));
    expect(of("both").filter((line) => !line.startsWith("err"))).toEqual(["out 1", "out 2", "out 3", "end"]);
    expect(of("both").filter((line) => line.startsWith("err"))).toEqual(["err 1", "err 2", "err 3"]);
    expect(of("err")).toEqual(["err 1", "err 2", "err 3"]);
    expect(of("none")).toEqual([]);
  });

  test("keeps a secret input secret in the state, and its output where that is asked for", async () => {
    const stdin = pulumi.secret("hunter2");
    stack.program = async () => {
      const said = new local.Command("a", { create: "cat", stdin, logging: "none" });
      const kept = new local.Command(
        "b",
        { create: "cat", stdin, logging: "none" },
        { additionalSecretOutputs: ["stdout"] },
      );
      return { said: said.stdout, kept: kept.stdout };
    };
    const { outputs } = await stack.up();
    expect(outputs.kept).toEqual({ value: "hunter2", secret: true });
    // As in the official plugin: an output is not secret because an input is.
    expect(outputs.said).toEqual({ value: "hunter2", secret: false });
    const state = JSON.parse(await readFile(join(stack.folder, ".pulumi/stacks/test/test.json"), "utf8"));
    const secrets = JSON.stringify(state).match(/"ciphertext":/g) ?? [];
    // Both inputs, their copies in the outputs, and the one output; the other output and the stack's of it are in clear.
    expect(secrets.length).toBeGreaterThanOrEqual(5);
    expect(JSON.stringify(state).match(/hunter2/g)).toHaveLength(2);
    expect((await stack.up()).steps.a).toEqual(["same"]);
  });

  test("is refused with an input that the stand-in does not know", async ({ skip }) => {
    skip(engine.pluginsFrom.command === "official", "the plugin is the official one");
    stack.program = async () => void new local.Command("a", { create: "true", assetPaths: ["*"] });
    expect((await stack.failingUp()).message).toContain("assetPaths is unknown to the lab's stand-in");
  });
});

describe("a hook before the create", () => {
  test("runs in a preview and in an update, where the command runs and nowhere else", async () => {
    const heard: string[] = [];
    const program = (trigger: string) => async () => {
      const when = pulumi.runtime.isDryRun() ? "preview" : "update";
      step("a", { create: counted, trigger, hook: () => void heard.push(`${when} ${trigger}`) });
    };
    stack.program = program("1");
    await stack.preview();
    await stack.up();
    await stack.preview();
    await stack.up();
    expect(heard).toEqual(["preview 1", "update 1"]);
    stack.program = program("2");
    await stack.preview();
    await stack.up();
    expect(heard.slice(2)).toEqual(["preview 2", "update 2"]);
  });

  test("that throws stops the command before it runs, and the next update runs it", async () => {
    stack.program = async () => void step("a", { create: counted, trigger: "1" });
    await stack.up();
    const program = (hook: () => void) => async () => void step("a", { create: counted, trigger: "2", hook });
    stack.program = program(() => {
      throw new Error("not confirmed");
    });
    expect((await stack.failingUp()).message).toContain("not confirmed");
    expect(await runs()).toBe(1);
    stack.program = program(() => {});
    expect((await stack.up()).steps.a).toContain("create-replacement");
    expect(await runs()).toBe(2);
  });
});

describe("a resource that is protected and retained, as the instance of a replacement node on EC2", () => {
  const machine = (protect: boolean) => async () => {
    const args = { create: "echo made", delete: "touch deleted", dir: stack.folder };
    new local.Command("machine", args, { protect, retainOnDelete: true });
  };

  test("keeps destroy and an update without it from doing anything; unprotected it is forgotten, and not deleted", async () => {
    stack.program = machine(true);
    await stack.up();
    await expect(stack.stack.destroy()).rejects.toThrow(/protected/);
    stack.program = async () => {};
    expect((await stack.failingUp()).message).toMatch(/protected/);
    expect(await stack.state()).toHaveProperty("machine");
    stack.program = machine(false);
    await stack.up();
    stack.program = async () => {};
    await stack.up();
    expect(await stack.state()).not.toHaveProperty("machine");
    expect(existsSync(join(stack.folder, "deleted"))).toBe(false);
  });
});

describe("an engine that is killed while a command runs", () => {
  const slow = "touch started; sleep 4; echo run >> runs; echo done";

  async function killDuring(program: () => void): Promise<void> {
    stack.program = async () => program();
    await rm(join(stack.folder, "started"), { force: true });
    const killed = stack.up().then(
      () => "ended well",
      () => "failed",
    );
    await expect.poll(() => existsSync(join(stack.folder, "started")), { timeout: 60_000 }).toBe(true);
    await stack.killEngine();
    expect(await killed).toBe("failed");
  }

  test("leaves a lock that cancel lifts; the next update runs the command again, beside the first one", async () => {
    await killDuring(() => void step("a", { create: slow }));
    expect(await stack.pending()).toEqual(["creating a"]);
    await expect(stack.up()).rejects.toBeInstanceOf(ConcurrentUpdateError);
    await stack.stack.cancel();
    expect((await stack.up()).steps.a).toEqual(["create"]);
    // The killed engine's command has gone on to its end: two at once, which only a lock of their own prevents.
    expect(await runs()).toBe(2);
    expect((await stack.up()).steps.a).toEqual(["same"]);
    // Nobody clears this note but a refresh that is asked to.
    expect(await stack.pending()).toEqual(["creating a"]);
    await stack.stack.refresh({ clearPendingCreates: true });
    expect(await stack.pending()).toEqual([]);
  });

  test("leaves a replacement to be done, also for the trigger before", async () => {
    stack.program = async () => void step("a", { create: counted, trigger: "1" });
    await stack.up();
    await killDuring(() => void step("a", { create: slow, trigger: "2" }));
    await stack.stack.cancel();
    stack.program = async () => void step("a", { create: counted, trigger: "1" });
    expect((await stack.preview()).steps.a).toContain("create-replacement");
    expect((await stack.up()).steps.a).toContain("create-replacement");
    await expect.poll(runs, { timeout: 60_000 }).toBe(3);
  });
});

describe("a Kubernetes provider whose cluster cannot be reached", () => {
  const kubeconfig = (user: string) =>
    textFile(
      join(stack.folder, user),
      `{"apiVersion":"v1","kind":"Config","current-context":"c","contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}],
    "clusters":[{"name":"c","cluster":{"server":"https://127.0.0.1:1"}}],"users":[{"name":"u","user":{"token":"${user}"}}]}`,
    );
  const patch = (args: { user?: string; clusterIdentifier?: string }) => async () => {
    const { user = "one", clusterIdentifier = "mine" } = args;
    const provider = new Provider("cluster", { kubeconfig: kubeconfig(user), clusterIdentifier });
    const metadata = { name: "cattle", namespace: "cattle-system" };
    new apps.v1.DeploymentPatch("patch", { metadata, spec: { replicas: 1 } }, { provider, retainOnDelete: true });
  };

  test("is no hindrance to a preview, and fails the update at once", async () => {
    stack.program = patch({});
    expect((await stack.preview()).steps.patch).toEqual(["create"]);
    expect((await stack.failingUp()).message).toContain("configured Kubernetes cluster is unreachable");
  });

  test("is updated with another kubeconfig for the same cluster, and replaced for another cluster", async () => {
    stack.program = patch({});
    await stack.failingUp();
    stack.program = patch({ user: "two" });
    expect((await stack.preview()).steps.cluster).toEqual(["update"]);
    stack.program = patch({ clusterIdentifier: "another" });
    expect((await stack.preview()).steps.cluster).toContain("replace");
  });
});
