package aliyun_test

import (
	"testing"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

func TestContract(t *testing.T) {
	enitest.Run(t, func(t testing.TB, cloud *enitest.Cloud, opts *eni.Options) eni.Client {
		client, err := aliyun.New(aliyuntest.NewServer(cloud).Config(), opts)
		if err != nil {
			t.Fatal(err)
		}
		return client
	})
}
