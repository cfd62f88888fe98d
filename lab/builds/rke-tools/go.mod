module lab/rke-tools

go 1.22
