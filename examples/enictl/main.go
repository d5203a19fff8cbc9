// SPDX-License-Identifier: Apache-2.0

// Command enictl releases addresses of elastic network interfaces, and detaches, lists
// and deletes interfaces, on Alibaba Cloud and Tencent Cloud. It also finds unused ones.
//
//	enictl show --provider aliyun --region cn-hangzhou eni-bp67acfm
//	enictl unassign-ips --provider aliyun --region cn-hangzhou --eni eni-bp67acfm 10.0.0.5 10.1.0.0/28
//	enictl detach --provider tencent --region ap-guangzhou --eni eni-m6dyj72l --instance ins-8wbkqfe1
//	enictl release --provider aliyun --region cn-hangzhou -f targets.csv --journal run.jsonl
//	enictl delete --provider aliyun --region cn-hangzhou --instance i-bp1a2b3c eni-bp67acfm
//	enictl sweep --provider aliyun --region cn-hangzhou --tag created-by=ci --delete
//
// "enictl -h" shows the rest, and README.md beside this file explains it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// Without this, closing standard output would end the process in the middle of a
	// change.
	signal.Ignore(syscall.SIGPIPE)
	signalled, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancel(context.Background())
	context.AfterFunc(signalled, func() {
		stop() // the next signal ends the process at once
		cancel()
	})
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
