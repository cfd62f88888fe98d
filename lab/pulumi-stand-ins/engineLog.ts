import grpc from "@grpc/grpc-js";
import engineService from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineMessages from "@pulumi/pulumi/proto/engine_pb.js";
import type { Log } from "./provider.ts";

/** The engine's log, for one resource after the other. */
export class EngineLog {
  private readonly client: InstanceType<typeof engineService.EngineClient>;

  constructor(address: string) {
    this.client = new engineService.EngineClient(address, grpc.credentials.createInsecure());
  }

  of(urn: string): Log & { flushed: () => Promise<void> } {
    // One line after the other: calls side by side may overtake each other.
    let last = Promise.resolve();
    return {
      info: (line) => {
        last = last.then(() => this.send(urn, line));
      },
      flushed: () => last,
    };
  }

  private send(urn: string, line: string): Promise<void> {
    const request = new engineMessages.LogRequest();
    request.setUrn(urn);
    request.setSeverity(engineMessages.LogSeverity.INFO);
    request.setMessage(line);
    request.setEphemeral(true);
    // An engine that is gone takes no log; what runs is not harmed by that.
    return new Promise((resolve) => {
      this.client.log(request, () => resolve());
    });
  }
}

/** The engine gives its address as the last argument, behind flags for logging and tracing. */
export function engineAddress(): string {
  return (
    process.argv
      .slice(2)
      .filter((argument) => !argument.startsWith("-"))
      .at(-1) ?? ""
  );
}
