import type plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { isWithin } from "./diff.ts";
import { EngineLog, engineAddress } from "./engineLog.ts";
import { listen, newServer, unary } from "./grpc.ts";
import * as answer from "./messages.ts";
import { endWithTheEngine, working } from "./orphan.ts";
import type { Creation, Log, Provider, Resource } from "./provider.ts";
import type { Properties } from "./values.ts";

/**
 * Serves a provider to the Pulumi engine.
 *
 * The provider server in @pulumi/pulumi tells a provider neither that this is a preview nor its own configuration, and
 * has no detailed diffs: too little for what the official plugins do.
 */
export async function serve(provider: Provider): Promise<void> {
  let engine = new EngineLog(engineAddress());
  const cancel = () => provider.cancel?.();
  const resource = (request: Named): Resource => {
    const type = typeOf(request.getUrn());
    const known = provider.resources[type];
    if (!known) throw new Error(noStandIn(provider, type));
    return known;
  };
  /** What a resource is asked to do counts as work until the engine has all that was said of it. */
  const logged = async <T>(request: Named, act: (log: Log) => Promise<T>): Promise<T> => {
    const log = engine.of(request.getUrn());
    return await working(() => act(log).finally(() => log.flushed()));
  };

  const server = newServer();
  server.addService(service.ResourceProviderService, {
    getPluginInfo: unary(() => new pluginMessages.PluginInfo().setVersion(provider.version)),
    attach: unary((request: plugin.PluginAttach) => {
      engine = new EngineLog(request.getAddress());
      return new empty.Empty();
    }),
    getSchema: unary(() => answer.schema(provider)),
    checkConfig: unary((request: messages.CheckRequest) => {
      const config = answer.properties(request.getNews());
      return answer.checked(config, provider.checkConfig?.(config) ?? []);
    }),
    diffConfig: unary((request: messages.DiffRequest) => {
      const [before, after] = [answer.properties(request.getOlds()), answer.properties(request.getNews())];
      return answer.difference(provider.diffConfig?.(before, after) ?? { changes: new Map(), replaces: [] });
    }),
    configure: unary(async (request: messages.ConfigureRequest) => {
      await provider.configure?.(answer.properties(request.getArgs()));
      return answer.configured();
    }),
    check: unary(async (request: messages.CheckRequest) => {
      const { inputs, failures } = await resource(request).check(answer.properties(request.getNews()));
      return answer.checked(inputs, failures);
    }),
    diff: unary(async (request: messages.DiffRequest) => {
      const state = answer.properties(request.getOlds());
      const { changes, ...rest } = await resource(request).diff(state, answer.properties(request.getNews()));
      for (const path of changes.keys())
        if (request.getIgnorechangesList().some((ignored) => isWithin(path, ignored))) changes.delete(path);
      return answer.difference({ ...rest, changes });
    }),
    create: unary((request: messages.CreateRequest) =>
      logged(request, async (log) => {
        const inputs = answer.properties(request.getProperties());
        return answer.created(await resource(request).create(creation(request, inputs, log)));
      }),
    ),
    update: unary((request: messages.UpdateRequest) =>
      logged(request, async (log) => {
        const asked = creation(request, answer.properties(request.getNews()), log);
        const state = answer.properties(request.getOlds());
        return answer.updated(await resource(request).update({ ...asked, id: request.getId(), state }));
      }),
    ),
    read: unary((request: messages.ReadRequest) =>
      logged(request, async (log) => {
        const id = request.getId();
        const state = answer.properties(request.getProperties());
        const inputs = answer.properties(request.getInputs());
        return answer.found(id, await resource(request).read({ id, state, inputs, log }));
      }),
    ),
    delete: unary((request: messages.DeleteRequest) =>
      logged(request, async (log) => {
        const state = answer.properties(request.getProperties());
        await resource(request).delete({ id: request.getId(), state, log });
        return new empty.Empty();
      }),
    ),
    invoke: unary(async (request: messages.InvokeRequest) => {
      const call = provider.functions?.[request.getTok()];
      if (!call) throw new Error(noStandIn(provider, request.getTok()));
      return answer.returned(await call(answer.properties(request.getArgs())));
    }),
    cancel: unary(() => {
      cancel();
      return new empty.Empty();
    }),
  });
  await listen(server);
  endWithTheEngine(cancel);
}

/** A request about a resource. */
interface Named {
  getUrn(): string;
}

function creation(request: messages.CreateRequest | messages.UpdateRequest, inputs: Properties, log: Log): Creation {
  const urn = request.getUrn();
  return { urn, name: nameOf(urn), inputs, preview: request.getPreview(), timeout: request.getTimeout(), log };
}

function noStandIn({ name, version, resources, functions }: Provider, token: string): string {
  const known = Object.keys({ ...resources, ...functions }).join(", ");
  return `the lab's stand-in for the ${name} plugin knows only ${known}, not ${token}: install the official plugin with "pulumi plugin install resource ${name} ${version}"`;
}

function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? urn;
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
