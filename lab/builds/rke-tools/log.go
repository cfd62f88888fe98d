package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// logLine writes a line as logrus does where it has no terminal. RKE quotes such lines inside its own: a fatal of ours
// stands in the middle of what RKE calls an info.
func logLine(level, message string, fields ...any) {
	line := fmt.Sprintf("time=%q level=%s msg=%s", time.Now().Format(time.RFC3339), level, quoted(message))
	for at := 0; at+1 < len(fields); at += 2 {
		line += fmt.Sprintf(" %v=%s", fields[at], quoted(fmt.Sprint(fields[at+1])))
	}
	fmt.Fprintln(os.Stderr, line)
}

func quoted(text string) string {
	isBare := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._/@^+", r)
	}
	if text != "" && strings.TrimFunc(text, isBare) == "" {
		return text
	}
	return strconv.Quote(text)
}
