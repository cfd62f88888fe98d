module lab/imds

go 1.24
