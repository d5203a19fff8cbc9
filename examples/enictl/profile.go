// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/tencent"
)

// profile is a named account with a region, from the configuration of the vendor's
// command line: aliyun configure --profile NAME, or tccli configure --profile NAME.
type profile struct {
	region string // "" if it has none

	// The keys in the file. Without keys, one of the providers has them.
	keyID, secret, token string
	aliyun               credentials.CredentialsProvider
	tencent              common.Provider
}

// readProfile reads the profile of a provider. Errors never contain text of a file,
// because it is secret.
func readProfile(provider, name string) (profile, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return profile{}, fmt.Errorf("--profile %s: %w", name, err)
	}
	read := map[string]func(home, name string) (profile, error){
		aliyun.Provider: readAliyunProfile, tencent.Provider: readTencentProfile,
	}[provider]
	p, err := read(home, name)
	if err != nil {
		return profile{}, fmt.Errorf("--profile %s: %w", name, err)
	}
	return p, nil
}

// aliyunConfig is ~/.aliyun/config.json.
type aliyunConfig struct {
	Profiles []struct {
		Name            string `json:"name"`
		Mode            string `json:"mode"`
		AccessKeyID     string `json:"access_key_id"`
		AccessKeySecret string `json:"access_key_secret"`
		SecurityToken   string `json:"sts_token"`
		RegionID        string `json:"region_id"`
	} `json:"profiles"`
}

// The modes of a profile: keys, and those from which the vendor's SDK gets keys.
const (
	modeKeys    = "AK"
	modeSession = "StsToken"
)

var modesOfSDK = []string{"RamRoleArn", "EcsRamRole", "OIDC", "ChainableRamRoleArn"}

func readAliyunProfile(home, name string) (profile, error) {
	file := filepath.Join(home, ".aliyun", "config.json")
	var config aliyunConfig
	if err := readJSON(file, &config); err != nil {
		return profile{}, hint(err, "aliyun configure --profile "+name)
	}
	var names []string
	for _, p := range config.Profiles {
		if p.Name != name {
			names = append(names, p.Name)
			continue
		}
		found := profile{region: p.RegionID}
		switch {
		case p.Mode == modeKeys || p.Mode == modeSession:
			found.keyID, found.secret = p.AccessKeyID, p.AccessKeySecret
			if p.Mode == modeSession {
				found.token = p.SecurityToken
			}
			if found.keyID == "" || found.secret == "" || p.Mode == modeSession && found.token == "" {
				return profile{}, fmt.Errorf("%s has no keys for this profile", file)
			}
		case slices.Contains(modesOfSDK, p.Mode):
			found.aliyun = credentials.NewCLIProfileCredentialsProviderBuilder().WithProfileName(name).Build()
		default:
			return profile{}, fmt.Errorf("its mode is %q: want %s", p.Mode, oneOf(append([]string{modeKeys, modeSession}, modesOfSDK...)))
		}
		return found, nil
	}
	return profile{}, unknownProfile(file, names)
}

func unknownProfile(where string, names []string) error {
	if len(names) == 0 {
		return fmt.Errorf("%s has no profiles", where)
	}
	return fmt.Errorf("%s has no such profile: want %s", where, oneOf(names))
}

// tencentCredential is ~/.tccli/NAME.credential.
type tencentCredential struct {
	Type            string `json:"type"`
	SecretID        string `json:"secretId"`
	SecretKey       string `json:"secretKey"`
	Token           string `json:"token"`
	RoleARN         string `json:"role-arn"`
	RoleSessionName string `json:"role-session-name"`
}

// tencentConfigure is ~/.tccli/NAME.configure. Old versions had the region at the top.
type tencentConfigure struct {
	Region string `json:"region"`
	System struct {
		Region string `json:"region"`
	} `json:"_sys_param"`
}

// The suffixes of tccli's files.
const (
	credentialFile = ".credential"
	configureFile  = ".configure"
)

// instanceRole is the type of a profile that uses the role of the instance.
const instanceRole = "cvm-role"

// sessionSeconds is the duration of a role's session.
const sessionSeconds = 7200

func readTencentProfile(home, name string) (profile, error) {
	dir := filepath.Join(home, ".tccli")
	if filepath.Base(name) != name {
		return profile{}, errors.New("want a name, not a path")
	}
	var (
		c         tencentCredential
		configure tencentConfigure
	)
	file := filepath.Join(dir, name+credentialFile)
	if err := readJSON(file, &c); err != nil {
		if names := tencentProfiles(home); errors.Is(err, fs.ErrNotExist) && len(names) > 0 {
			err = unknownProfile(dir, names)
		}
		return profile{}, hint(err, "tccli configure --profile "+name)
	}
	if err := readJSON(filepath.Join(dir, name+configureFile), &configure); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return profile{}, err
	}
	found := profile{region: cmp.Or(configure.System.Region, configure.Region)}
	switch {
	case c.Type == instanceRole:
		found.tencent = common.DefaultCvmRoleProvider()
	case c.SecretID == "" || c.SecretKey == "":
		return profile{}, fmt.Errorf("%s has no secretId or no secretKey", file)
	case c.RoleARN != "":
		found.tencent = common.NewRoleArnProviderWithCredential(common.NewTokenCredential(c.SecretID, c.SecretKey, c.Token),
			c.RoleARN, cmp.Or(c.RoleSessionName, "enictl"), sessionSeconds)
	default:
		found.keyID, found.secret, found.token = c.SecretID, c.SecretKey, c.Token
	}
	return found, nil
}

// profileNames lists the profiles of a provider, for completion.
func profileNames(provider string) []string {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	if provider == tencent.Provider {
		return tencentProfiles(home)
	}
	var config aliyunConfig
	if err := readJSON(filepath.Join(home, ".aliyun", "config.json"), &config); err != nil {
		return nil
	}
	var names []string
	for _, p := range config.Profiles {
		names = append(names, p.Name)
	}
	return names
}

func tencentProfiles(home string) []string {
	entries, err := os.ReadDir(filepath.Join(home, ".tccli"))
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), credentialFile); ok {
			names = append(names, name)
		}
	}
	return names
}

func readJSON(file string, v any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if json.Unmarshal(text, v) != nil { // the error may quote the file
		return fmt.Errorf("%s is not valid JSON of the vendor's command line", file)
	}
	return nil
}

// hint adds how to create a profile, if it does not exist.
func hint(err error, command string) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; create it with %q", err, command)
	}
	return err
}
