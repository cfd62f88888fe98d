import type { Change } from "./diff.ts";
import type { Properties } from "./values.ts";

/** A resource provider plugin, as far as the lab's stand-ins need to be one. */
export interface Provider {
  name: string;
  /** The official plugin's version whose semantics these are. */
  version: string;
  checkConfig?(config: Properties): Failure[];
  diffConfig?(before: Properties, after: Properties): Difference;
  /** Called once, before any resource, unless the config is not known yet. */
  configure?(config: Properties): Promise<void>;
  /** By type token; the types that the program does not use have no stand-in. */
  resources: Record<string, Resource>;
  /** By token: arguments → result. */
  functions?: Record<string, (args: Properties) => Promise<Properties>>;
  /** The operator asks to stop: what runs should end soon, and with an error. */
  cancel(): void;
}

export interface Resource {
  check(inputs: Properties): Promise<{ inputs: Properties; failures: Failure[] }>;
  diff(state: Properties, inputs: Properties): Promise<Difference>;
  create(request: Creation): Promise<Created>;
  update(request: Update): Promise<Properties>;
  delete(request: Deletion): Promise<void>;
  /** Undefined where the resource is gone. */
  read(request: Reading): Promise<{ state: Properties; inputs: Properties } | undefined>;
}

export interface Failure {
  property: string;
  reason: string;
}

export interface Difference {
  changes: Map<string, Change>;
  /** Those paths of the changes that need a replacement. */
  replaces: string[];
}

export interface Creation {
  urn: string;
  name: string;
  inputs: Properties;
  preview: boolean;
  log: Log;
}

export interface Created {
  id: string;
  state: Properties;
}

export interface Update extends Creation {
  id: string;
  state: Properties;
}

interface Deletion {
  id: string;
  state: Properties;
  log: Log;
}

interface Reading {
  id: string;
  state: Properties;
  inputs: Properties;
}

/** What the operator is shown at the resource. */
export interface Log {
  /** A line of progress, gone when the resource is done. */
  info(line: string): void;
}

/** The resource is there but did not become what it should: it goes into the state, and the next update tries again. */
export class InitFailed extends Error {
  readonly id: string;
  readonly state: Properties;
  readonly reasons: string[];

  constructor(message: string, failed: { id: string; state: Properties; reasons: string[] }) {
    super(message);
    this.id = failed.id;
    this.state = failed.state;
    this.reasons = failed.reasons;
  }
}
