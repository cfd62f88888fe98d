import { join } from "node:path";
import { built } from "../docker/builds.ts";
import { theEngine } from "../docker/dockerEngine.ts";
import { Problem } from "../machine/problem.ts";
import { type Progress, waitFor } from "../machine/progress.ts";
import type { LabCluster } from "./cluster.ts";
import { giveMachine, onMachine } from "./machines.ts";
import { containerName } from "./nodes.ts";
import { type LabS3, signer } from "./s3.ts";

const role = "rke-etcd-snapshots";
const file = "/run/instance-profile.json";
const service = "http://169.254.169.254/latest";

/** Temporary credentials, in the words of a cloud's instance metadata service. */
interface RoleCredentials {
  AccessKeyId: string;
  SecretAccessKey: string;
  Token: string;
  Expiration: string;
}

/**
 * Gives a node what an EC2 instance with an instance profile has: at 169.254.169.254, on the node's own loopback,
 * temporary credentials for the bucket (IMDSv2 only). They hold for twelve hours, the service until the node is
 * switched off; asked again, it renews them.
 */
export async function serveInstanceProfile(
  s3: LabS3,
  cluster: LabCluster,
  node: string,
  progress: Progress = () => {},
): Promise<void> {
  const [engine, name] = [await theEngine(), containerName(cluster.name, node)];
  const text = JSON.stringify(profile(await assumeRole(s3), new Date()));
  await engine.docker(["cp", join(await built("imds", progress), "imds"), `${name}:/usr/local/bin/imds`]);
  const place = `install -m 600 /dev/stdin ${file} && ip address replace 169.254.169.254/32 dev lo`;
  await giveMachine(cluster, node, place, text);
  if (!(await answers(cluster, node))) await engine.docker(["exec", "--detach", name, "imds", role, file]);
  if (await waitFor(() => answers(cluster, node), 10_000, 100)) return;
  throw new Problem(`the instance metadata service on ${node} does not answer`);
}

export function profile(credentials: RoleCredentials, now: Date): Record<string, string> {
  return { Code: "Success", LastUpdated: now.toISOString(), Type: "AWS-HMAC", ...credentials };
}

async function assumeRole(s3: LabS3): Promise<RoleCredentials> {
  const asked = { Action: "AssumeRole", Version: "2011-06-15", DurationSeconds: "43200" };
  const body = new URLSearchParams(asked).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await signer(s3, "sts").fetch(`${s3.endpoint}/`, { method: "POST", body, headers });
  const text = await answer.text();
  if (!answer.ok) throw new Problem(`the S3 server gives no temporary credentials: HTTP ${answer.status}`);
  return credentialsIn(text);
}

export function credentialsIn(xml: string): RoleCredentials {
  const value = (name: string) => {
    const [, text] = new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml) ?? [];
    if (!text) throw new Problem(`the S3 server gives temporary credentials without ${name}`);
    return text;
  };
  return {
    AccessKeyId: value("AccessKeyId"),
    SecretAccessKey: value("SecretAccessKey"),
    Token: value("SessionToken"),
    Expiration: value("Expiration"),
  };
}

async function answers(cluster: LabCluster, node: string): Promise<boolean> {
  const ask = `curl --silent --fail --max-time 2 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' ${service}/api/token`;
  return (await onMachine(cluster, node, ask)).code === 0;
}
