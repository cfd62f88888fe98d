/** A kubeconfig for a server, as RKE writes one but without a client certificate. */
export function kubeconfigFor(server: string, caFile: string): string {
  return `apiVersion: v1
kind: Config
clusters: [{name: local, cluster: {server: "${server}", certificate-authority: "${caFile}"}}]
users: [{name: kube-admin-local, user: {}}]
contexts: [{name: local, context: {cluster: local, user: kube-admin-local}}]
current-context: local
`;
}
