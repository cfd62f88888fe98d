import language from "@pulumi/pulumi/proto/language_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { listen, newServer, unary } from "../grpc.ts";
import { endWithTheEngine } from "../orphan.ts";
import { runProgram } from "./run.ts";

/**
 * A stand-in for Pulumi's language host for Node: it runs the program for the plain CLI and does nothing else. The
 * official one comes with the official CLI; its Go module is not to be had.
 */
const server = newServer();
const stop = new AbortController();
server.addService(language.LanguageRuntimeService, {
  handshake: unary(() => new messages.LanguageHandshakeResponse()),
  getPluginInfo: unary(() => new pluginMessages.PluginInfo()),
  // Each resource says itself which plugin it needs.
  getRequiredPackages: unary(() => new messages.GetRequiredPackagesResponse()),
  getRequiredPlugins: unary(() => new messages.GetRequiredPluginsResponse()),
  run: unary((request: Parameters<typeof runProgram>[0]) => runProgram(request, stop.signal)),
  cancel: unary(() => {
    stop.abort();
    return new empty.Empty();
  }),
});
await listen(server);
endWithTheEngine(() => stop.abort());
