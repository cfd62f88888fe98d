import { expect } from "vitest";
import { answerSchema } from "../../../cli/answers.ts";
import { preparedText, prepareNow } from "../../../cli/commands/prepare.ts";
import type { WrittenSettings } from "../../../cli/stackConfig.ts";
import type { Settings } from "../../../settings/settings.ts";
import { selfSigned } from "../../support/certificate.ts";
import { textFile } from "../../support/folder.ts";
import { type FakeCluster, kubeconfigFor, kubernetesAnswers } from "../../support/kubernetes.ts";
import { serve } from "../../support/server.ts";
import { snapshotHosts } from "../../support/snapshotHosts.ts";

const certificate = selfSigned();

/** A cluster on which a snapshot `before` is prepared while this Rancher runs. */
export async function cluster({
  image = "rancher/rancher:v2.5.8",
  podImages = [image],
  replicas = [1, 1],
  ...hosts
}: Parameters<typeof snapshotHosts>[0] & Pick<FakeCluster, "image" | "podImages" | "replicas"> = {}) {
  const made = snapshotHosts(hosts);
  const { kubeconfig } = made.settings.cluster;
  textFile(
    kubeconfig,
    kubeconfigFor(await serve(kubernetesAnswers({ image, podImages, replicas }), certificate), certificate.caFile),
  );
  const said: string[] = [];
  const prepare = async (changes: Partial<Settings> = {}, written: WrittenSettings = {}) => {
    const settings = { ...made.settings, snapshot: "before", ...changes };
    const say = (line: string) => void said.push(line);
    const { answered, way } = await prepareNow(settings, { stack: "prod", written, say });
    expect(answerSchema.parse(answered)).toEqual(answered);
    return { answered, way, messages: answered.problems.map(({ message }) => message), text: preparedText(answered) };
  };
  const clusterFile = made.settings.cluster.path;
  return { ...made, said, prepare, clusterFile };
}
