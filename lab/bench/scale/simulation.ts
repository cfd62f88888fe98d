import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo, Server, Socket } from "node:net";
import { join } from "node:path";
import { type Api, serveApi } from "./api.ts";
import { certificate, furnish, simulatedNodes, writeCluster } from "./cluster.ts";
import { NodeShell, type SimulatedNode } from "./node.ts";
import { keyPair, listen, type SshKeys } from "./sshServer.ts";

/** A cluster of simulated nodes, and its files on the operator's machine. */
export interface SimulatedCluster {
  folder: string;
  nodes: SimulatedNode[];
  settings: Record<string, string>;
}

/** Simulated nodes on this machine's loopback addresses. Every one answers SSH until all of them are closed. */
export class Simulation {
  readonly shell: NodeShell;
  readonly knownHosts: string;
  private readonly folder: string;
  private readonly keyFile: string;
  private readonly keys: SshKeys;
  private readonly caFile: string;
  private readonly tls: { key: Buffer; cert: Buffer };
  /** By address. */
  private readonly listening = new Map<string, Server>();
  private readonly apis: Api["server"][] = [];
  private readonly sockets = new Set<Socket>();
  private port = 0;

  constructor(folder: string) {
    this.folder = folder;
    this.shell = new NodeShell(join(folder, "nodes"));
    this.keyFile = join(folder, "key");
    const host = keyPair(join(folder, "host_key"));
    this.keys = { host: host.private, user: keyPair(this.keyFile).public };
    this.knownHosts = join(folder, "known_hosts");
    writeFileSync(this.knownHosts, `* ${host.public}`);
    this.caFile = join(folder, "api.pem");
    const tlsKeyFile = join(folder, "api-key.pem");
    certificate(this.caFile, tlsKeyFile);
    this.tls = { key: readFileSync(tlsKeyFile), cert: readFileSync(this.caFile) };
    furnish(this.shell, simulatedNodes(3));
  }

  /** @param number of the addresses: clusters of one number share their nodes. @param since when Rancher's pods began, ms since 1970. */
  async cluster(name: string, count: number, since: number, number?: number): Promise<SimulatedCluster> {
    const nodes = simulatedNodes(count, number);
    for (const node of nodes) await this.listen(node);
    const { url, server } = await serveApi(nodes, since, this.tls);
    this.apis.push(server);
    const folder = join(this.folder, name);
    mkdirSync(folder);
    const { port, caFile, keyFile, knownHosts } = this;
    return { folder, nodes, settings: writeCluster(folder, { nodes, port, api: url, caFile, keyFile, knownHosts }) };
  }

  /** Ends every connection that is open: whoever comes next logs in anew. */
  hangUp(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.hangUp();
    for (const server of this.listening.values()) server.close();
    for (const server of this.apis) {
      server.close();
      server.closeAllConnections();
    }
  }

  private async listen(node: SimulatedNode): Promise<void> {
    if (this.listening.has(node.address)) return;
    const server = await listen(node.address, this.port, this.keys, (command, input) =>
      this.shell.answer(node, command, input),
    );
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
    });
    this.listening.set(node.address, server);
  }
}
