package disk

import "golang.org/x/sys/windows"

func free(dir string) (bytes uint64, err error) {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	return bytes, windows.GetDiskFreeSpaceEx(path, &bytes, nil, nil)
}
