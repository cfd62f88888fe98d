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
  cancel?(): void;
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
  /** The program's customTimeouts, in seconds; 0 where it says nothing. */
  timeout: number;
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

export interface Reading extends Deletion {
  inputs: Properties;
}

/** Words for the operator, shown at the resource. */
export interface Log {
  /** A line of progress, gone when the resource is done. */
  status(severity: Severity, text: string): void;
  /** A line that stays. */
  say(severity: Severity, text: string): void;
  /** Resolves when the engine has all lines. */
  flushed(): Promise<void>;
}

export type Severity = "info" | "warning" | "error";

/** The resource is there but did not become what it should: it goes into the state, and the next update tries again. */
export class InitFailed extends Error {
  readonly id: string;
  readonly state: Properties;
  readonly reasons: string[];
  readonly inputs: Properties | undefined;

  constructor(message: string, failed: { id: string; state: Properties; reasons: string[]; inputs?: Properties }) {
    super(message);
    this.id = failed.id;
    this.state = failed.state;
    this.reasons = failed.reasons;
    this.inputs = failed.inputs;
  }
}
