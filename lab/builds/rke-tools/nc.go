package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

// nc knows the two calls that RKE makes (RKE v1.8.0 cluster/network.go): `nc -kl -p PORT -e echo`, the port listener,
// and `nc -w SECONDS -z HOST PORT`, the port check.
func nc(args []string) {
	if err := netcat(args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func netcat(args []string) error {
	if len(args) >= 3 && args[0] == "-kl" {
		return listen(args[2])
	}
	if len(args) < 2 {
		return fmt.Errorf("nc: unknown call %v", args)
	}
	connection, err := net.DialTimeout("tcp", net.JoinHostPort(args[len(args)-2], args[len(args)-1]), 5*time.Second)
	if err != nil {
		return err
	}
	return connection.Close()
}

func listen(port string) error {
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		return err
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		fmt.Fprintln(connection)
		connection.Close()
	}
}
