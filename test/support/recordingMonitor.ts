import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { type Callback, callHook } from "./engineHooks.ts";

/** A registered resource as the engine would have been asked for it, options included. */
export interface Registered {
  type: string;
  name: string;
  /** The URN of the component around it. */
  parent: string;
  inputs: Record<string, unknown>;
  dependencies: string[];
  ignoreChanges: string[];
  deleteBeforeReplace: boolean;
  retainOnDelete: boolean;
  protect: boolean;
  /** Inputs that are secrets. */
  secrets: string[];
  beforeCreateHooks: string[];
  beforeUpdateHooks: string[];
}

type Request = Parameters<MockMonitor["registerResource"]>[0];

/**
 * The custom resources that `build` asks for, by name: Pulumi's mocks with a memory for resource options, which they do not pass on. `outputs` answers for the providers;
 * a type it does not know must make it throw.
 * @param callsHooks whether hooks are called, as the engine does before it makes a resource; what the first of them throws is thrown.
 */
export async function recordResources(
  outputs: (type: string, name: string, inputs: Record<string, unknown>) => Record<string, unknown>,
  build: () => unknown,
  { preview = false, callsHooks = false } = {},
): Promise<{ resources: Map<string, Registered>; hooks: string[] }> {
  const resources = new Map<string, Registered>();
  const hooks: string[] = [];
  const refused: unknown[] = [];
  const callbacks = new Map<string, Callback>();
  await pulumi.runtime.setMocks(
    {
      call: ({ token, inputs }) => {
        if (token === "aws:ec2/getAmi:getAmi")
          return { id: `ami-of-${inputs.owners?.[0]}-${inputs.filters?.[0]?.values?.[0]}` };
        throw new Error(`nobody mocked the function ${token}`);
      },
      newResource: ({ type, name, inputs }) => {
        const registered = resources.get(name);
        if (registered?.type === type) registered.inputs = inputs;
        return { id: `${name}-id`, state: type.startsWith("rancher-rollback:") ? {} : outputs(type, name, inputs) };
      },
    },
    "rancher-rollback",
    "test",
    preview,
  );
  const register = MockMonitor.prototype.registerResource;
  MockMonitor.prototype.registerResource = async function (request: Request, callback) {
    if (request.getCustom()) resources.set(request.getName(), describe(request));
    for (const hook of callsHooks ? (request.getHooks()?.getBeforeCreateList() ?? []) : []) {
      const registered = callbacks.get(hook);
      // The engine stops then. Here the program runs to its end, as nothing waits for a resource that is refused.
      if (registered) await callHook(registered).catch((error: unknown) => refused.push(error));
    }
    return register.call(this, request, callback);
  };
  const monitor = MockMonitor.prototype as unknown as { registerResourceHook?: unknown };
  monitor.registerResourceHook = (
    request: { getName(): string; getCallback(): Callback },
    callback: (error: null, response: object) => void,
  ) => {
    hooks.push(request.getName());
    callbacks.set(request.getName(), request.getCallback());
    callback(null, {});
  };
  try {
    build();
    await pulumi.runtime.disconnect();
  } finally {
    MockMonitor.prototype.registerResource = register;
    delete monitor.registerResourceHook;
  }
  if (refused.length > 0) throw refused[0];
  return { resources, hooks };
}

function describe(request: Request): Registered {
  return {
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent(),
    inputs: {},
    dependencies: request.getDependenciesList().map((urn: string) => urn.split("::").at(-1) ?? ""),
    ignoreChanges: request.getIgnorechangesList(),
    deleteBeforeReplace: request.getDeletebeforereplace(),
    retainOnDelete: request.getRetainondelete(),
    protect: request.getProtect(),
    secrets: secretsIn(request.getObject()?.toJavaScript() ?? {}),
    beforeCreateHooks: request.getHooks()?.getBeforeCreateList() ?? [],
    beforeUpdateHooks: request.getHooks()?.getBeforeUpdateList() ?? [],
  };
}

function secretsIn(inputs: Record<string, unknown>): string[] {
  const isSecret = (value: unknown) =>
    typeof value === "object" && value !== null && pulumi.runtime.specialSigKey in value;
  return Object.entries(inputs).flatMap(([key, value]) => (isSecret(value) ? [key] : []));
}
