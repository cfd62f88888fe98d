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
  const handlers = new Handlers(provider, engineAddress());
  const server = newServer();
  server.addService(service.ResourceProviderService, {
    getPluginInfo: unary(() => handlers.pluginInfo()),
    attach: unary((request: plugin.PluginAttach) => handlers.attach(request)),
    getSchema: unary(() => answer.schema(provider)),
    checkConfig: unary((request: messages.CheckRequest) => handlers.checkConfig(request)),
    diffConfig: unary((request: messages.DiffRequest) => handlers.diffConfig(request)),
    configure: unary((request: messages.ConfigureRequest) => handlers.configure(request)),
    check: unary((request: messages.CheckRequest) => handlers.check(request)),
    diff: unary((request: messages.DiffRequest) => handlers.diff(request)),
    create: unary((request: messages.CreateRequest) => handlers.create(request)),
    read: unary((request: messages.ReadRequest) => handlers.read(request)),
    update: unary((request: messages.UpdateRequest) => handlers.update(request)),
    delete: unary((request: messages.DeleteRequest) => handlers.delete(request)),
    invoke: unary(async (request: messages.InvokeRequest) => {
      const call = provider.functions?.[request.getTok()];
      if (!call) throw new Error(noStandIn(provider, request.getTok()));
      return answer.returned(await call(answer.properties(request.getArgs())));
    }),
    cancel: unary(() => {
      provider.cancel?.();
      return new empty.Empty();
    }),
  });
  await listen(server);
  endWithTheEngine(() => provider.cancel?.());
}

class Handlers {
  private readonly provider: Provider;
  private log: EngineLog;

  constructor(provider: Provider, engine: string) {
    this.provider = provider;
    this.log = new EngineLog(engine);
  }

  pluginInfo() {
    return new pluginMessages.PluginInfo().setVersion(this.provider.version);
  }

  attach(request: plugin.PluginAttach) {
    this.log = new EngineLog(request.getAddress());
    return new empty.Empty();
  }

  checkConfig(request: messages.CheckRequest) {
    const config = answer.properties(request.getNews());
    return answer.checked(config, this.provider.checkConfig?.(config) ?? []);
  }

  diffConfig(request: messages.DiffRequest) {
    const [before, after] = [request.getOlds(), request.getNews()].map(answer.properties) as [Properties, Properties];
    return answer.difference(this.provider.diffConfig?.(before, after) ?? { changes: new Map(), replaces: [] });
  }

  async configure(request: messages.ConfigureRequest) {
    await this.provider.configure?.(answer.properties(request.getArgs()));
    return answer.configured();
  }

  async check(request: messages.CheckRequest) {
    const { inputs, failures } = await this.resource(request).check(answer.properties(request.getNews()));
    return answer.checked(inputs, failures);
  }

  async diff(request: messages.DiffRequest) {
    const state = answer.properties(request.getOlds());
    const { changes, ...rest } = await this.resource(request).diff(state, answer.properties(request.getNews()));
    for (const path of changes.keys())
      if (request.getIgnorechangesList().some((ignored) => isWithin(path, ignored))) changes.delete(path);
    return answer.difference({ ...rest, changes });
  }

  create(request: messages.CreateRequest) {
    return this.logged(request, async (log) => {
      const inputs = answer.properties(request.getProperties());
      return answer.created(await this.resource(request).create(creation(request, inputs, log)));
    });
  }

  update(request: messages.UpdateRequest) {
    return this.logged(request, async (log) => {
      const state = await this.resource(request).update({
        ...creation(request, answer.properties(request.getNews()), log),
        id: request.getId(),
        state: answer.properties(request.getOlds()),
      });
      return answer.updated(state);
    });
  }

  read(request: messages.ReadRequest) {
    return this.logged(request, async (log) => {
      const state = answer.properties(request.getProperties());
      const inputs = answer.properties(request.getInputs());
      const found = await this.resource(request).read({ id: request.getId(), state, inputs, log });
      return answer.found(request.getId(), found);
    });
  }

  delete(request: messages.DeleteRequest) {
    return this.logged(request, async (log) => {
      const state = answer.properties(request.getProperties());
      await this.resource(request).delete({ id: request.getId(), state, log });
      return new empty.Empty();
    });
  }

  private logged<T>(request: { getUrn(): string }, act: (log: Log) => Promise<T>): Promise<T> {
    const log = this.log.of(request.getUrn());
    return working(() => act(log).finally(() => log.flushed()));
  }

  private resource(request: { getUrn(): string }): Resource {
    const type = typeOf(request.getUrn());
    const resource = this.provider.resources[type];
    if (!resource) throw new Error(noStandIn(this.provider, type));
    return resource;
  }
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
