import grpc from "@grpc/grpc-js";
import engineService from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineMessages from "@pulumi/pulumi/proto/engine_pb.js";
import type { Log, Severity } from "./provider.ts";

/** The engine's log, for one resource after the other. */
export class EngineLog {
  private readonly client: InstanceType<typeof engineService.EngineClient>;

  constructor(address: string) {
    this.client = new engineService.EngineClient(address, grpc.credentials.createInsecure());
  }

  of(urn: string): Log {
    // One line after the other: calls side by side may overtake each other.
    let last = Promise.resolve();
    const send = (severity: Severity, text: string, ephemeral: boolean) => {
      last = last.then(() => this.send(urn, severity, text, ephemeral));
    };
    return {
      status: (severity, text) => send(severity, text, true),
      say: (severity, text) => send(severity, text, false),
      flushed: () => last,
    };
  }

  private send(urn: string, severity: Severity, text: string, ephemeral: boolean): Promise<void> {
    const { INFO, WARNING, ERROR } = engineMessages.LogSeverity;
    const request = new engineMessages.LogRequest()
      .setUrn(urn)
      .setSeverity({ info: INFO, warning: WARNING, error: ERROR }[severity])
      .setMessage(text)
      .setEphemeral(ephemeral);
    // An engine that is gone takes no log; what runs is not harmed by that.
    return new Promise((resolve) => {
      this.client.log(request, () => resolve());
    });
  }
}

/** The engine gives its address as the last argument, behind flags for logging and tracing. */
export function engineAddress(): string {
  const addresses = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
  return addresses.at(-1) ?? "";
}
