package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/sirupsen/logrus"
)

// Where the flags have their defaults from; RKE v1.8.0 hands over the keys so, in base64 (services/etcd.go).
var s3Variables = map[string]string{
	"s3-endpoint": "S3_ENDPOINT", "s3-accessKey": "S3_ACCESS_KEY", "s3-secretKey": "S3_SECRET_KEY",
	"s3-bucketName": "S3_BUCKET_NAME", "s3-region": "S3_BUCKET_REGION", "s3-endpoint-ca": "S3_ENDPOINT_CA", "s3-folder": "S3_FOLDER",
}

type bucket struct {
	endpoint, name, region, folder, ca string
	accessKey, secretKey               string
	retries                            uint
}

// key is what a snapshot or its zip is called in the bucket.
func (b bucket) key(name string) string {
	if b.folder == "" {
		return name
	}
	return b.folder + "/" + name
}

// upload puts the zip into the bucket. One of that name stays as it is, unless the bucket keeps versions: of three hosts
// that save a snapshot, one uploads it.
func (b bucket) upload(name string) error {
	client, err := b.connect()
	if err != nil {
		return err
	}
	key := b.key(name + ".zip")
	// What cannot be asked counts as not there.
	if info, _ := client.StatObject(context.Background(), b.name, key, minio.StatObjectOptions{}); info.Size != 0 {
		if versioning, _ := client.GetBucketVersioning(context.Background(), b.name); !versioning.Enabled() {
			logrus.WithField("name", name).Info("Skipping upload to s3 because snapshot already exists and versioning is not enabled for the bucket")
			return nil
		}
	}
	for range b.retries + 1 {
		var info minio.UploadInfo
		info, err = client.FPutObject(context.Background(), b.name, key, zipPath(name), minio.PutObjectOptions{ContentType: "application/zip"})
		if err == nil {
			logrus.Infof("Successfully uploaded [%s] of size [%d]", key, info.Size)
			return nil
		}
	}
	return fmt.Errorf("failed to upload etcd snapshot file: %v", err)
}

// download fetches the first object whose name without its last extension is the snapshot's, over the file of that name
// on the host, and unpacks a zip over the plain snapshot.
func (b bucket) download(name string) error {
	client, err := b.connect()
	if err != nil {
		return err
	}
	if name == "" {
		return errors.New("empty backup name")
	}
	key, err := b.find(client, b.key(name))
	if err != nil {
		return err
	}
	object, err := client.GetObject(context.Background(), b.name, key, minio.GetObjectOptions{})
	if err != nil {
		return fmt.Errorf("Unable to download backup file for [%s]: %v", key, err)
	}
	defer object.Close()
	file := path.Base(key)
	if err := receive(object, plainPath(file)); err != nil {
		return fmt.Errorf("Failed to copy retrieved object to local file [%s]: %v", plainPath(file), err)
	}
	logrus.Infof("Successfully downloaded [%s]", key)
	if !strings.HasSuffix(file, ".zip") {
		return nil
	}
	plain := plainPath(strings.TrimSuffix(file, ".zip"))
	if err := extract(plainPath(file), memberName(plain), plain); err != nil {
		return fmt.Errorf("Unable to decompress [%s] to [%s]: %v", plainPath(file), plain, err)
	}
	return nil
}

func (b bucket) find(client *minio.Client, prefix string) (string, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for object := range client.ListObjects(ctx, b.name, minio.ListObjectsOptions{Prefix: prefix}) {
		if object.Err != nil {
			return "", object.Err
		}
		bare := strings.TrimSuffix(object.Key, path.Ext(object.Key))
		if bare == prefix {
			return object.Key, nil
		}
		if decoded, err := url.QueryUnescape(bare); err == nil && decoded == prefix {
			return url.QueryUnescape(object.Key)
		}
	}
	return "", errors.New("failed to download s3 backup: no backups found")
}

// remove takes all objects away whose keys begin with the snapshot's name, another snapshot's too.
func (b bucket) remove(name string) error {
	client, err := b.connect()
	if err != nil {
		return err
	}
	for object := range client.ListObjects(context.Background(), b.name, minio.ListObjectsOptions{Prefix: b.key(name)}) {
		if object.Err != nil {
			return object.Err
		}
		logrus.Infof("deleting object with key: %s that matches prefix: %s", object.Key, b.key(name))
		if err := client.RemoveObject(context.Background(), b.name, object.Key, minio.RemoveObjectOptions{}); err != nil {
			return err
		}
	}
	return nil
}

var recurringKey = regexp.MustCompile(`.+_etcd(|.zip)$`)

// prune removes recurring snapshots that are older than the retention by their names.
func (b bucket) prune(now time.Time, retention time.Duration) {
	logrus.WithField("retention", retention).Info("Invoking delete s3 backup files")
	client, err := b.connect()
	if err != nil {
		logrus.WithError(err).Warn("Error while trying to configure minio client")
		return
	}
	for _, key := range b.outdated(client, now.Add(-retention)) {
		if err := client.RemoveObject(context.Background(), b.name, key, minio.RemoveObjectOptions{}); err != nil {
			logrus.Errorf("Error detected during deletion: %v", err)
		} else {
			logrus.Infof("Success delete s3 backup file [%s]", key)
		}
	}
}

func (b bucket) outdated(client *minio.Client, before time.Time) []string {
	keys := []string{}
	options := minio.ListObjectsOptions{Prefix: b.folder, Recursive: b.folder != ""}
	for object := range client.ListObjects(context.Background(), b.name, options) {
		if object.Err != nil {
			logrus.Error("error to fetch s3 file:", object.Err)
			return nil
		}
		if !recurringKey.MatchString(object.Key) {
			continue
		}
		stamp, _, _ := strings.Cut(strings.TrimPrefix(object.Key, b.key("")), "_")
		if taken, err := time.Parse(time.RFC3339, stamp); err != nil {
			logrus.WithFields(logrus.Fields{"error": err, "objectKey": object.Key}).Warn("Couldn't parse s3 backup")
		} else if taken.Before(before) {
			keys = append(keys, object.Key)
		}
	}
	return keys
}

// connect always speaks TLS. Without keys it asks for those of the instance's role.
func (b bucket) connect() (*minio.Client, error) {
	// The access key stands in the log, as it does in the original's.
	logrus.WithFields(logrus.Fields{
		"s3-accessKey": b.accessKey, "s3-bucketName": b.name, "s3-endpoint": b.endpoint, "s3-endpoint-ca": b.ca,
		"s3-folder": b.folder, "s3-region": b.region,
	}).Info("invoking set s3 service client")
	keys := credentials.NewIAM("")
	if b.accessKey != "" || b.secretKey != "" {
		keys = credentials.NewStaticV4(decoded(b.accessKey), decoded(b.secretKey), "")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if b.ca != "" {
		pool, err := authority(b.ca)
		if err != nil {
			return nil, err
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	client, err := minio.New(b.endpoint, &minio.Options{Creds: keys, Secure: true, Region: b.region, Transport: transport})
	if err != nil {
		return nil, fmt.Errorf("failed to set s3 server: %v", err)
	}
	found, err := client.BucketExists(context.Background(), b.name)
	if err != nil {
		return nil, fmt.Errorf("failed to set s3 server: failed to check s3 bucket:%s, err:%v", b.name, err)
	}
	if !found {
		return nil, fmt.Errorf("failed to set s3 server: bucket %s is not found", b.name)
	}
	return client, nil
}

// decoded takes base64 and what is none.
func decoded(key string) string {
	if plain, err := base64.StdEncoding.DecodeString(key); err == nil {
		return string(plain)
	}
	return key
}

// authority takes base64 or the path of a file, and no other authority counts then.
func authority(given string) (*x509.CertPool, error) {
	text, err := base64.StdEncoding.DecodeString(given)
	if err != nil {
		if text, err = os.ReadFile(given); err != nil {
			return nil, err
		}
	}
	if block, _ := pem.Decode(text); block == nil {
		return nil, errors.New("s3-endpoint-ca is not a valid x509 certificate")
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return pool, nil
}
