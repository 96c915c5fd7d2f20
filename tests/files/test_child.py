"""The child that looks at strangers' files: limited in memory, time and surroundings; nothing stays of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shuangjian.files import blobs, child, services
from shuangjian.files.models import StoredFile
from shuangjian.files.services import Rejected
from tests.files.samples import (
    animated,
    archive,
    bomb,
    pdf,
    pdf_stream_bomb,
    pdf_with_hidden_script,
    phone_photo,
    picture,
    png_header_only,
    png_with,
)
from tests.files.workbooks import plain, with_part

PAGELESS = pdf().replace(b"/Count 1", b"/Count 0").replace(b"/Kids [ ", b"/Kids [%")
PRELUDE = f"import runpy; child = runpy.run_path({str(services.CHILD)!r}); child['shut_in']()\n"


def alone(program: str, seconds: float = 30) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-c", PRELUDE + program],
        capture_output=True,
        text=True,
        timeout=seconds,
        env={},
    )


def test_it_cannot_take_more_memory_than_its_limit():
    done = alone(
        "held = bytearray(400 << 20)\n"
        "try:\n    more = bytearray(200 << 20)\n"
        "except MemoryError:\n    print('stopped')"
    )
    assert done.stdout.strip() == "stopped"


def test_it_cannot_write_more_than_its_limit(tmp_path):
    done = alone(
        f"import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"with open({str(tmp_path / 'big')!r}, 'wb') as out:\n"
        f"    try:\n        [out.write(b'x' * (1 << 20)) for _ in range(80)]\n        out.flush()\n"
        f"    except OSError as stopped:\n        print(stopped.errno)"
    )
    assert done.stdout.strip() == "27"
    assert (tmp_path / "big").stat().st_size <= 64 << 20


def test_the_largest_honest_picture_stays_within_the_memory(tmp_path):
    (tmp_path / "source").write_bytes(picture("PNG", (7000, 7100), "RGBA"))
    done = alone(
        f"child['look_at_image']('PNG', {str(tmp_path / 'source')!r}, {str(tmp_path / 'target')!r})\n"
        # Not getrusage: its peak is inherited from whoever started the child.
        "lines = open('/proc/self/status').read().splitlines()\n"
        "print(next(int(line.split()[1]) // 1024 for line in lines if line.startswith('VmHWM')))"
    )
    assert done.stderr == ""
    assert int(done.stdout) <= 512


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("PNG", bomb),
        ("PNG", lambda: png_header_only(7000, 7000)),
        ("PNG", lambda: png_with(b"zTXt", 300 << 20)),
        ("WEBP", lambda: animated("WEBP")),
        ("PDF", pdf_stream_bomb),
        ("XLSX", lambda: with_part(plain(), "xl/worksheets/sheet1.xml", b" " * (190 << 20))),
    ],
    ids=["pixels", "rows that lack", "text", "frames", "objects", "workbook"],
)
def test_a_bomb_never_takes_more_memory_or_time_than_the_limits(kind, make, tmp_path):
    """Measured as the entrance starts it: the highest memory and the processor time of that one process."""
    (tmp_path / "source").write_bytes(make())
    paths = [str(tmp_path / name) for name in ("source", "target", "answer")]
    done = alone(
        f"child['main']({kind!r}, *{paths!r})\n"
        "import time\n"
        "lines = open('/proc/self/status').read().splitlines()\n"
        "print(next(int(line.split()[1]) // 1024 for line in lines if line.startswith('VmHWM')))\n"
        "print(time.process_time())"
    )
    if done.returncode == 0:  # else it was ended from outside for its use of the processor, as it should
        peak, seconds = done.stdout.split()
        assert int(peak) <= 512
        assert float(seconds) <= child.PROCESSOR_SECONDS
        assert isinstance(json.loads((tmp_path / "answer").read_text()), dict)  # refused, or one frame of it
    else:
        assert -done.returncode in (signal.SIGXCPU, signal.SIGKILL, signal.SIGALRM)


def test_it_ends_itself_when_nobody_is_left_to_stop_it():
    done = alone("import signal, time\nsignal.alarm(1)\ntime.sleep(20)")
    assert done.returncode == -signal.SIGALRM
    remaining = alone("import signal\nprint(signal.alarm(0))")
    assert 0 < int(remaining.stdout) <= 20


def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let the entrance start this instead of its child."""
    stand_in = tmp_path / "stand_in.py"
    stand_in.write_text(text)
    monkeypatch.setattr(services, "CHILD", stand_in)


def test_a_child_that_does_not_come_back_is_killed(receive, monkeypatch, tmp_path, in_store):
    program(
        tmp_path,
        monkeypatch,
        f"import os, time\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)",
    )
    monkeypatch.setattr(services, "CHILD_SECONDS", 1)
    began = time.monotonic()
    with pytest.raises(Rejected, match="平台正忙"):
        receive(picture())
    assert time.monotonic() - began < 10
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    assert in_store() == []


@pytest.mark.parametrize(("ended_by", "words"), [("SIGALRM", "平台正忙"), ("SIGXCPU", "太复杂")])
def test_a_busy_machine_is_not_the_file_s_fault(receive, monkeypatch, tmp_path, ended_by, words):
    program(tmp_path, monkeypatch, f"import os, signal; os.kill(os.getpid(), signal.{ended_by})")
    with pytest.raises(Rejected, match=words):
        receive(picture())


@pytest.mark.parametrize(
    "text",
    [
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "raise SystemExit(1)",
        "",
        "import sys; open(sys.argv[4], 'w').write('nonsense')",
        "import sys; open(sys.argv[4], 'w').write('[]')",
        "import sys; open(sys.argv[4], 'w').write('{}')",
        "import sys; open(sys.argv[4], 'w').write('{\"refused\": \"never heard of\"}')",
        "import sys; open(sys.argv[4], 'wb').write(b'\\xff\\xfe')",
    ],
    ids=["crash", "exit", "silence", "nonsense", "not an object", "no picture", "unknown cause", "no text"],
)
def test_a_child_that_fails_in_any_way_refuses_the_file(receive, monkeypatch, tmp_path, in_store, text):
    program(tmp_path, monkeypatch, text)
    with pytest.raises(Rejected, match="打不开"):
        receive(picture())
    assert in_store() == []
    assert StoredFile.objects.count() == 0


def test_it_sees_no_secret_and_none_of_the_project(receive, monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY", "do-not-tell")
    seen = tmp_path / "seen.json"
    program(
        tmp_path,
        monkeypatch,
        "import json, os, sys\nseen = [dict(os.environ), sys.path, os.getcwd(), sys.flags.isolated]\n"
        f"open({str(seen)!r}, 'w').write(json.dumps(seen))",
    )
    with pytest.raises(Rejected):
        receive(picture())
    environment, path, folder, isolated = json.loads(seen.read_text())
    assert set(environment) <= {"LANG", "LC_CTYPE"}
    assert str(Path(services.__file__).parents[2]) not in path
    assert "/incoming/" in folder
    assert isolated == 1


KILLED = """
import os, sys, time
sys.path.insert(0, {root!r})
os.environ["DJANGO_SETTINGS_MODULE"] = "shuangjian.settings_test"
import django
django.setup()
from django.conf import settings
settings.EVIDENCE_ROOT = {store!r}
from django.core.files.uploadedfile import SimpleUploadedFile
from pathlib import Path
from shuangjian.files import services
services.CHILD = Path({stand_in!r})
services.quotas.unit_of = services.quotas.check = lambda *about: None
services.receive(upload=SimpleUploadedFile("a.jpg", {data!r}), uploader=None)
"""


def test_what_a_killed_process_left_goes_with_the_next_upload(receive, tmp_path, store, in_workshop):
    waiting = tmp_path / "waiting"
    stand_in = tmp_path / "stand_in.py"
    stand_in.write_text(f"import time\nopen({str(waiting)!r}, 'w').close()\ntime.sleep(3)")
    root = str(Path(services.__file__).parents[2])
    text = KILLED.format(root=root, store=str(store), stand_in=str(stand_in), data=picture())
    process = subprocess.Popen([sys.executable, "-c", text])
    deadline = time.monotonic() + 30
    while not waiting.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait()
    left = in_workshop()
    assert len(left) == 1
    receive(picture())
    assert in_workshop() == left, "what is young may belong to somebody at work"
    long_ago = time.time() - blobs.LEFT_OVER_SECONDS - 60
    os.utime(left[0], (long_ago, long_ago))
    (store / "incoming" / "upload-cut-off").write_bytes(b"x")
    os.utime(store / "incoming" / "upload-cut-off", (long_ago, long_ago))
    receive(picture())
    assert in_workshop() == []


def test_sweeping_in_parallel_is_harmless(store, monkeypatch):
    gone = blobs.workshop() / "gone"
    gone.mkdir()
    os.utime(gone, (0, 0))
    monkeypatch.setattr(blobs.shutil, "rmtree", lambda path: (_ for _ in ()).throw(FileNotFoundError(path)))
    assert blobs.sweep() == 0


PLAIN = "0" * 64  # the likeness of a picture of one colour


@pytest.mark.parametrize(
    ("kind", "data", "says"),
    [
        (
            "JPEG",
            phone_photo(offset="+08:00"),
            {
                "taken": "2026:09:08 15:02:11",
                "offset": "+08:00",
                "latitude": 26.57,
                "longitude": 106.70028,
                "likeness": PLAIN,
            },
        ),
        ("PNG", picture("PNG", mode="P"), {"likeness": PLAIN}),
        ("PNG", picture("PNG", mode="I;16"), {"likeness": PLAIN}),
        ("WEBP", picture("WEBP", mode="RGBA"), {"likeness": PLAIN}),
        ("PNG", bomb(), {"refused": "pixels", "pixels": 81_000_000}),
        ("JPEG", picture("PNG"), {"refused": "damaged"}),
        ("JPEG", picture()[:300], {"refused": "damaged"}),
        ("PDF", pdf(), {"pages": 1}),
        ("PDF", pdf_with_hidden_script(), {"refused": "active"}),
        ("PDF", pdf() + archive(), {"refused": "active"}),
        ("PDF", b"%PDF-1.7 /J#61vaScript", {"refused": "active"}),
        ("PDF", pdf(lambda writer: writer.encrypt("secret")), {"refused": "encrypted"}),
        ("PDF", PAGELESS, {"refused": "damaged"}),
        ("PDF", b"", {"refused": "damaged"}),
    ],
    ids=range(14),
)
def test_it_says_one_flat_thing_about_each_file(kind, data, says, tmp_path, monkeypatch):
    monkeypatch.setattr(child, "shut_in", lambda: None)
    (tmp_path / "source").write_bytes(data)
    child.main(kind, *(str(tmp_path / name) for name in ("source", "target", "answer")))
    assert json.loads((tmp_path / "answer").read_text()) == says
    assert (tmp_path / "target").exists() == (kind != "PDF" and "refused" not in says)


@pytest.mark.parametrize("failure", ["opening", "listing"])
def test_too_much_for_its_memory_or_its_patience_is_a_refusal(failure, tmp_path, monkeypatch):
    monkeypatch.setattr(child, "shut_in", lambda: None)
    (tmp_path / "source").write_bytes(pdf())
    if failure == "opening":
        monkeypatch.setattr(child, "_objects_of", lambda reader: (_ for _ in ()).throw(MemoryError))
    else:
        monkeypatch.setattr(child, "PDF_OBJECTS", 1)
    child.main("PDF", *(str(tmp_path / name) for name in ("source", "target", "answer")))
    cause = json.loads((tmp_path / "answer").read_text())["refused"]
    assert cause == {"opening": "heavy", "listing": "damaged"}[failure]


def test_a_broken_exif_block_only_loses_the_moment():
    class Broken:
        def getexif(self):
            raise SyntaxError("not TIFF")

    assert child._moment_of(Broken()) == {}
