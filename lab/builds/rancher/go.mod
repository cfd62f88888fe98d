module lab/rancher

go 1.24
