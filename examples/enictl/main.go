// Command enictl takes addresses off elastic network interfaces, and interfaces
// off instances, on Alibaba Cloud and Tencent Cloud.
//
//	enictl unassign-ips -provider aliyun -region cn-hangzhou -eni eni-bp67acfm 10.0.0.5 10.1.0.0/28
//	enictl detach -provider tencent -region ap-guangzhou -eni eni-m6dyj72l -instance ins-8wbkqfe1
//
// "enictl -h" shows the rest. It exits with 0 when what was asked for is so, with
// 1 when the operation failed, and with 2 when nothing was sent because the
// command line is wrong.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the next signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
