package main

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sirupsen/logrus"
)

// compress writes a zip of files under their whole paths, the leading slash included. It is a stream, so the sizes are
// behind each member. All times are Unix 0, so that the same content is the same zip on every host. That the last bytes
// could not be written, as on a full disk, goes unnoticed.
func compress(to string, files []string) error {
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	archive := zip.NewWriter(out)
	defer archive.Close()
	for _, file := range files {
		if err := add(archive, file); err != nil {
			return err
		}
	}
	return nil
}

func add(archive *zip.Writer, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	header, err := zip.FileInfoHeader(info)
	if err != nil {
		return err
	}
	header.Name = memberName(path)
	header.Method = zip.Deflate
	header.Modified = time.Unix(0, 0)
	member, err := archive.CreateHeader(header)
	if err != nil {
		return err
	}
	_, err = io.Copy(member, file)
	return err
}

// extract writes one member over a file. A zip that was renamed has no member of the name that is asked for.
func extract(from, member, to string) error {
	archive, err := zip.OpenReader(from)
	if err != nil {
		return err
	}
	defer archive.Close()
	for _, file := range archive.File {
		if file.Name != member {
			continue
		}
		if err := write(file, to); err != nil {
			return err
		}
		if err := os.Chmod(to, 0o600); err != nil {
			logrus.WithError(err).Warn("changing permission of the decompressed snapshot failed")
		}
		return nil
	}
	return fmt.Errorf("File [%s] not found in file [%s]", member, from)
}

// write empties the file before it knows whether the member can be read at all.
func write(file *zip.File, to string) error {
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, file.Mode())
	if err != nil {
		return err
	}
	defer out.Close()
	content, err := file.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	_, err = io.Copy(out, content)
	return err
}
