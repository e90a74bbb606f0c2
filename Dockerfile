# mien in a container. Build it from the root of a checkout, and give it the folder of your videos:
#   docker build -t mien .
#   docker run --rm --network none -v "$PWD:/data" mien extract /data/videos -o /data/out/ --jobs auto --resume
FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends make gcc libc6-dev ca-certificates
COPY . /src
WORKDIR /src
RUN make setup && make install PREFIX=/usr/local DESTDIR=/installed

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends libavcodec59 libavdevice59 libavformat59 libavutil57 libswscale6 libcurl4 libmicrohttpd12 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /installed/usr/local /usr/local
RUN ldconfig && mien --version
WORKDIR /data
ENTRYPOINT ["mien"]
