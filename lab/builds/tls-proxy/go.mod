module lab/tls-proxy

go 1.24
