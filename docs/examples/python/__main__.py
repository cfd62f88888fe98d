import pulumi
from pulumi_rancher_rollback import RancherRollback

config = pulumi.Config()
prod = RancherRollback(
    "prod",
    snapshot=config.require("snapshot"),
    rancher_version=config.require("rancherVersion"),
    # The snapshot's name once more, NAME#2 for its second run, once the preview is read.
    accept_data_loss_of=config.get("acceptDataLossOf"),
    cluster_file="rancher-cluster.yml",
    rancher_url="https://rancher.example.com",
)
pulumi.export("rancherVersion", prod.rancher_version)
pulumi.export("undoCommand", prod.undo_command)
