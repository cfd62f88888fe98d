import assert from "node:assert/strict";
import {
  clusterDown,
  clusterUp,
  deployRancher,
  forgetRollbacks,
  kubectl,
  type LabCluster,
  type Progress,
  rancherVersion,
  saveSnapshot,
} from "../cluster/cluster.ts";
import { addUser, namespaces, users } from "../cluster/users.ts";
import { failUpgrade, PRIOR, rancherWithUsers, USERS } from "../rehearsals/failedUpgrade.ts";

/** An upgrade that works: who takes it back may have been mistaken. */
export const WORKING = "v2.5.9";

/**
 * Brings the cluster into the state that every method begins with: a snapshot, and an upgrade on top of it. A restore leaves
 * the cluster at that snapshot; after anything else all is made again, after a failure the whole cluster.
 */
export class StartState {
  private readonly cluster: LabCluster;
  private snapshot = "";
  private made = 0;
  private is: "at the snapshot" | "elsewhere" | "unknown" = "elsewhere";

  constructor(cluster: LabCluster) {
    this.cluster = cluster;
  }

  /** @returns the snapshot that takes the upgrade back. */
  async failedUpgrade(say: Progress): Promise<string> {
    await this.begin(say);
    await failUpgrade(this.cluster, say);
    return this.snapshot;
  }

  /** @returns the snapshot that takes the upgrade back. */
  async workingUpgrade(say: Progress): Promise<string> {
    await this.begin(say);
    await addUser(this.cluster, "mallory");
    await kubectl(this.cluster, ["create", "namespace", "after-snapshot"]);
    await deployRancher(this.cluster, WORKING, say);
    return this.snapshot;
  }

  /** @throws AssertionError where the cluster is not what it was when the snapshot was taken. */
  async mustBeRestored(): Promise<void> {
    assert.deepEqual(await users(this.cluster), USERS, "the users of the snapshot");
    assert.deepEqual(await namespaces(this.cluster), ["before-snapshot"], "the namespaces of the snapshot");
    assert.equal(await rancherVersion(this.cluster), PRIOR);
    this.is = "at the snapshot";
  }

  /** @throws AssertionError where the cluster is not what it was before the rollback that was undone. */
  async mustBeUndone(): Promise<void> {
    this.is = "elsewhere";
    assert.deepEqual(await users(this.cluster), [...USERS, "mallory"], "the users of before the rollback");
    assert.deepEqual(await namespaces(this.cluster), ["after-snapshot", "before-snapshot"]);
    assert.equal(await rancherVersion(this.cluster), WORKING);
  }

  /** A method has failed: nobody knows what it left. */
  failed(): void {
    this.is = "unknown";
  }

  private async begin(say: Progress): Promise<void> {
    const was = this.is;
    // Whoever fails from here on leaves neither.
    this.is = "unknown";
    if (was === "unknown") {
      await clusterDown(this.cluster.name, say);
      await clusterUp(this.cluster.name, say);
    }
    if (was === "at the snapshot") await forgetRollbacks(this.cluster);
    else await this.makeSnapshot(say);
    this.is = "elsewhere";
  }

  private async makeSnapshot(say: Progress): Promise<void> {
    await rancherWithUsers(this.cluster, say);
    this.made += 1;
    this.snapshot = `bench-${this.made}`;
    await saveSnapshot(this.cluster, this.snapshot, say);
  }
}
